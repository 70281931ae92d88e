// Waiting: which open answers an event may be the outcome of, by whose it is and what it is about
// (subject and item, or the entity's id).
//
// A list is in the order of the lsns. What is closed is marked, and taken out once half of a list
// is: so closing one answer costs the same (amortised; a binary search at the worst) whether it
// waits alone or beside 200,000 for the same id. Each entry has its answer's window, so that a
// search passes over what cannot be meant without unpacking it.
// Threads: one; const functions wherever no other runs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/time.h"
#include "log/record.h"

namespace volant::feedback {

class Waiting {
  public:
    using Key = std::uint64_t;
    static Key key_of(std::string_view subject, std::string_view item);

    struct Answer {
        log::Lsn lsn = 0;
        Micros from = 0, until = 0;  // when its outcome may happen; never, once it is closed

        bool waits_at(Micros time) const { return from <= time && time <= until; }
    };

    void add(Key key, const Answer& answer);
    // Nothing happens if it does not wait there (any more).
    void remove(Key key, log::Lsn lsn);
    // Oldest first, closed ones among them. Until the next add() or remove().
    std::span<const Answer> of(Key key) const;

    std::size_t keys() const { return lists_.size(); }

  private:
    struct List {
        std::vector<Answer> answers;
        std::uint32_t closed = 0;  // of them
    };
    std::unordered_map<Key, List> lists_;
};

}  // namespace volant::feedback
