#include "log/segments/catalog.h"

#include <algorithm>
#include <iterator>

namespace volant::log {

void add_to_index(std::vector<ReadStart>& index, const ReadStart& entry) {
    const std::uint64_t indexed_to = index.empty() ? 0 : index.back().offset;
    if (entry.offset >= indexed_to + kIndexBytes) index.push_back(entry);
}

void Catalog::add_old(Lsn first_lsn, std::string path) {
    const std::lock_guard lock(mutex_);
    segments_[first_lsn] = Segment{.path = std::move(path), .index = {}, .indexed = false};
}

void Catalog::add_last(Lsn first_lsn, std::string path, std::uint64_t end,
                       std::vector<ReadStart> index) {
    const std::lock_guard lock(mutex_);
    segments_[first_lsn] = Segment{.path = std::move(path), .end = end, .index = std::move(index)};
}

void Catalog::advance(Lsn batch_lsn, std::uint64_t batch_offset, std::uint64_t end) {
    const std::lock_guard lock(mutex_);
    auto& [first_lsn, segment] = *segments_.rbegin();
    segment.end = end;
    add_to_index(segment.index, {first_lsn, batch_lsn, batch_offset});
}

Lsn Catalog::first_lsn() const {
    const std::lock_guard lock(mutex_);
    return segments_.empty() ? 1 : segments_.begin()->first;
}

std::size_t Catalog::size() const {
    const std::lock_guard lock(mutex_);
    return segments_.size();
}

SegmentExtent Catalog::extent(Lsn segment) const {
    const std::lock_guard lock(mutex_);
    const auto it = segments_.find(segment);
    VOLANT_CHECK(it != segments_.end());
    const auto next = std::next(it);
    if (next == segments_.end()) return {it->second.path, it->second.end, 0};
    return {it->second.path, UINT64_MAX, next->first};
}

Result<ReadStart> Catalog::pin(Lsn from) {
    const std::lock_guard lock(mutex_);
    auto it = segments_.upper_bound(from);
    if (it == segments_.begin()) {
        const std::string first = segments_.empty() ? "none" : std::to_string(it->first);
        return fail(Code::kNotFound, "lsn " + std::to_string(from) +
                                         " is not kept any more; the log begins at " + first);
    }
    --it;
    auto& [first_lsn, segment] = *it;
    ++segment.pins;
    ReadStart start{first_lsn, first_lsn, 0};
    for (const ReadStart& entry : segment.index) {
        if (entry.lsn <= from) start = entry;
    }
    return start;
}

void Catalog::pin_next(Lsn segment, Lsn next_segment) {
    const std::lock_guard lock(mutex_);
    --segments_.at(segment).pins;
    ++segments_.at(next_segment).pins;
}

void Catalog::unpin(Lsn segment) {
    const std::lock_guard lock(mutex_);
    --segments_.at(segment).pins;
}

bool Catalog::needs_index(Lsn segment) const {
    const std::lock_guard lock(mutex_);
    return !segments_.at(segment).indexed;
}

void Catalog::set_index(Lsn segment, std::vector<ReadStart> index) {
    const std::lock_guard lock(mutex_);
    Segment& found = segments_.at(segment);
    found.indexed = true;
    found.index = std::move(index);
}

std::vector<std::string> Catalog::take_before(Lsn keep_from) {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> paths;
    while (segments_.size() > 2) {
        const auto it = segments_.begin();
        const Lsn end_lsn = std::next(it)->first;
        if (end_lsn > keep_from || it->second.pins > 0) break;
        paths.push_back(std::move(it->second.path));
        segments_.erase(it);
    }
    return paths;
}

}  // namespace volant::log
