// FeatureStore: one class observes events and reads values, so that online, backfill and replay
// cannot differ.
//
// Time: an event belongs to windows by its event_time. A window of length W is kept in kBuckets(W)
// equal buckets; value(t) adds the buckets B with floor(t/b) - n < B <= floor(t/b), in bucket
// order, so the window's far edge moves in steps of b (stated for each feature by describe()).
// Events older than the ring (against the newest event of that entity) are dropped and counted.
// `last` and its kin order by (event_time, lsn). Reading never changes state; eviction happens in
// observe() only. Threads: observe on the apply thread; read wherever no observe runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/entities.h"
#include "collect/event.h"
#include "core/value.h"
#include "spec/spec.h"

namespace volant::features {

// Which id stands for each declared entity in one decision, by index into Spec::entities;
// kNoEntity where none does.
using Keys = std::vector<collect::EntityIndex>;

class FeatureStore {
  public:
    FeatureStore(const spec::Spec& spec, const collect::Entities& entities);
    ~FeatureStore();

    // Follows merges and evictions, then folds the event into every feature that it touches.
    // `entities` has observed the event already.
    void observe(const collect::EventView& event, const collect::Effects& effects);

    // The value of feature `feature` (index into Spec::features) for `keys` at `at`. An unknown id
    // reads as empty state: count 0, ratio its prior, last null. Types: count, distinct int; sum,
    // mean, min, max, ratio, since (seconds), decay double; last its property's value, or a list of
    // at most n, newest first; attribute its value.
    Value read(int feature, const Keys& keys, Micros at) const;
    // Several at once, out[i] for features[i]; what keys share is looked up once.
    void read(std::span<const int> features, const Keys& keys, Micros at,
              std::span<Value> out) const;

    // "count/1: 56 buckets of 3h, at most 248 bytes an entity".
    std::string describe(int feature) const;
    std::size_t bytes() const;           // resident state, estimated
    std::uint64_t dropped_late() const;  // events too old for a ring

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace volant::features
