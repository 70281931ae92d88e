// Identities: which ids of the subject are one person, as $identify said. Part of OpenPredictions'
// state: an outcome of the person closes what was asked for any of them.
//
// It says the same as collect::Entities, whose ids go when they are long unseen; here none goes
// before its turn, and a log without $identify costs nothing. Bounded: past collect::kAliasesMax
// ids that joined one person the oldest of them is forgotten; past kIdentifiedMax ids in all, the
// person whose last $identify is the longest ago.
// Threads: join() and restore() with no other call beside them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/bytes.h"

namespace volant::feedback {

inline constexpr std::size_t kIdentifiedMax = 100'000;

class Identities {
  public:
    explicit Identities(std::size_t ids_max = kIdentifiedMax) : ids_max_(ids_max) {}

    // From now on `anonymous`, and whoever was one with it, is the person of `identified`.
    void join(std::string_view identified, std::string_view anonymous);
    // All ids of the person, `id` too, or none if it never was identified. Until the next join().
    std::span<const std::string> of(std::string_view id) const;
    bool empty() const { return people_.empty(); }

    void snapshot(Writer& out) const;
    bool restore(Cursor& in);

  private:
    using Number = std::uint64_t;          // of a person; a newer $identify has a higher one
    using Ids = std::vector<std::string>;  // whom the others joined, then they in their order
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view id) const;
    };

    Ids take(std::string_view id);
    void add(Ids ids);
    void forget_oldest();

    std::size_t ids_max_;
    Number next_ = 1;
    std::map<Number, Ids> people_;
    std::unordered_map<std::string, Number, Hash, std::equal_to<>> person_;
};

}  // namespace volant::feedback
