#include "collect/refusals.h"

#include <algorithm>
#include <tuple>

namespace volant::collect {

void Refusals::add(std::uint64_t line, std::string_view kind, const std::string& reason) {
    ++count_;
    auto found = reasons_.find(reason);
    if (found == reasons_.end()) {
        std::size_t& of_kind = kinds_[std::string(kind)];
        if (reasons_.size() >= kReasonsMax || of_kind >= kReasonsOfAKindMax)
            return add_other(line, hash64(reason));
        ++of_kind;
        found = reasons_.try_emplace(reason, Met{line, 0}).first;
    }
    found->second.line = std::min(found->second.line, line);
    ++found->second.count;
}

void Refusals::add_other(std::uint64_t line, std::uint64_t hash) {
    if (others_.size() < kOthersMax) others_.insert(hash);
    other_.line = other_.count == 0 ? line : std::min(other_.line, line);
    ++other_.count;
}

std::vector<ImportRefusal> Refusals::list() const {
    std::vector<ImportRefusal> refusals;
    for (const auto& [reason, met] : reasons_) refusals.push_back({met.line, reason, met.count});
    std::ranges::sort(refusals, [](const ImportRefusal& a, const ImportRefusal& b) {
        return std::tuple(b.count, a.line, a.reason) < std::tuple(a.count, b.line, b.reason);
    });
    if (other_.count > 0) {
        const std::size_t more = others_.size();
        refusals.push_back({other_.line,
                            "and " + std::string(more == kOthersMax ? "at least " : "") +
                                std::to_string(more) +
                                (more == 1 ? " more reason" : " more reasons"),
                            other_.count});
    }
    return refusals;
}

}  // namespace volant::collect
