// Baseline: version 0 of every model, so that a loop can start from nothing and is always compared
// with something simple. A fold over closed answers.
//
//   classify, regress: the mean outcome so far (a prior of one half with the weight of one answer)
//   rank: popularity as clicks over expected clicks (Zhang and Jones 2007): an item's outcomes
//   divided by what its places alone would have brought, so that an item is not popular for having
//   been shown on top. rate(item, place) = (rate(place) * outcomes + prior * m) / (expected + m),
//   m = 2. The prior is rate(place), its odds multiplied by how often the outcome came to the item
//   by itself, without an answer that showed it, as against the mean of all items: so what is
//   popular is known before anything was shown, from history too. In a closed loop, where nothing
//   comes by itself, the prior is rate(place), and what is shown little is not thought unpopular.
//
// Bounded: past `items_max` items a new one is counted for its place alone and scores as average.
// Threads: the apply thread; const functions wherever no observe runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/hash.h"
#include "core/result.h"

namespace volant::model {

class Baseline {
  public:
    explicit Baseline(std::size_t items_max) : items_max_(items_max) {}

    // `item` is "" and `place` 0 for an answer that is not about an item.
    void observe(std::string_view item, std::size_t place, double outcome);
    // The outcome came to `item`, and no answer had shown it.
    void alone(std::string_view item);
    // The expected outcome of showing `item` at `place` (from 0).
    double predict(std::string_view item, std::size_t place) const;
    std::uint64_t answers() const { return static_cast<std::uint64_t>(total_.shown); }

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);

  private:
    static constexpr std::size_t kPlaces = 32;  // the last one stands for all below it
    struct Count {
        double outcomes = 0;
        double shown = 0;  // or, of an item, what its places alone would have brought
    };
    struct Item {
        Count count;
        double alone = 0;
    };
    Item* item(std::string_view name);  // nullptr past the bound
    double place_rate(std::size_t place) const;
    double prior(double rate, double alone) const;

    std::size_t items_max_;
    Count total_;
    double alone_ = 0;  // of all items
    std::array<Count, kPlaces> places_{};
    std::unordered_map<std::string, Item, StringHash, std::equal_to<>> items_;
};

}  // namespace volant::model
