// The rows that an import refused: each distinct reason with its first line and how often it was
// met, a bounded number of them. The first reasons of every kind are told apart, so that many bad
// values of one column do not hide what is wrong with another.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/hash.h"

namespace volant::collect {

struct ImportRefusal {
    std::uint64_t line = 0;  // the first one, from 1
    std::string reason;      // of those that are not told apart: "and 12 more reasons"
    std::uint64_t count = 0;
};

class Refusals {
  public:
    static constexpr std::size_t kReasonsMax = 40;        // that are told apart
    static constexpr std::size_t kReasonsOfAKindMax = 8;  // of them
    static constexpr std::size_t kOthersMax = 10'000;     // that are counted beyond these

    // `kind`: what reasons that differ by the value that was found have in common.
    void add(std::uint64_t line, std::string_view kind, const std::string& reason);
    std::uint64_t count() const { return count_; }
    // Most frequent first; behind them the reasons that are not told apart.
    std::vector<ImportRefusal> list() const;

  private:
    struct Met {
        std::uint64_t line = 0;
        std::uint64_t count = 0;
    };
    void add_other(std::uint64_t line, std::uint64_t hash);

    std::unordered_map<std::string, Met, StringHash, std::equal_to<>> reasons_;
    std::map<std::string, std::size_t, std::less<>> kinds_;  // reasons that are told apart
    std::unordered_set<std::uint64_t> others_;               // hashes of reasons
    Met other_;
    std::uint64_t count_ = 0;
};

}  // namespace volant::collect
