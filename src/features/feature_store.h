// FeatureStore: one class observes events and reads values, so that online, backfill and replay
// cannot differ.
//
// Time. An event counts at min(event_time, known_at): a client whose clock runs ahead (10 minutes
// are let in) is taken at its arrival, so that no value ever looks into the future. A window of
// length W is kept in n equal buckets of width b (features/window.h); value(t) takes the buckets B
// with floor(t/b) - n < B <= floor(t/b), in bucket order: its near edge is exact, its far edge
// moves in steps of b. An event older than the ring (against the newest event of that key) could be
// in no window that is still to come; it is dropped and counted. `last` and `since` keep times, and
// their windows at - W < time <= at are exact; `last` orders by (event_time, lsn). All-time values
// and decay take whatever was observed.
//
// Keys. An event counts for a feature when it names every entity of the key, and, for a key such as
// `book.category`, when that attribute has a value then; it counts under the value that it had
// then. `through` a relation the value is that of the first key's linked entities taken together
// (sums added, distinct values united, the newest of `last`), over the links as they are when it is
// read.
//
// Identity. An $identified id's state joins the other's, pairs included, as if its events had come
// for that one (within a bucket, sums may round differently). An evicted or deleted entity's state
// goes, its pairs too. What others remember of it (their `last`, their `distinct`) stays as it was.
//
// Bounds. Keys of one entity: Entities' own. Pairs and attribute values: 4 * entities_max for each
// kind of key, past that the longest unseen is dropped. Bytes for each key: describe(). Reading
// never changes state; eviction happens in observe() and follow() only. Threads: observe, follow,
// restore on the apply thread; const functions wherever none of these runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/entities.h"
#include "collect/event.h"
#include "core/pieces.h"
#include "core/value.h"
#include "features/rows.h"
#include "spec/spec.h"

namespace volant::features {

// Which id stands for each declared entity in one decision, by index into Spec::entities;
// kNoEntity where none does.
using Keys = std::vector<collect::EntityIndex>;

class FeatureStore {
  public:
    // Both outlive the store.
    FeatureStore(const spec::Spec& spec, const collect::Entities& entities);
    ~FeatureStore();

    // follow(effects), then folds the event into every feature that it touches. `entities` has
    // observed the event already. Allocates nothing for known keys in steady state.
    void observe(const collect::EventView& event, const collect::Effects& effects);
    // Merges and evictions alone: for what Entities::intern did for a prediction, and before
    // reading between Entities::observe and observe. Twice is as good as once.
    void follow(const collect::Effects& effects);

    // The value of feature `feature` (index into Spec::features) for `keys` at `at`. An unknown id
    // reads as empty state: count 0, ratio its prior, last null. Types: count, distinct int; sum,
    // mean, min, max, ratio, since (seconds), decay double; last its property's value, or for n > 1
    // a list of at most n, newest first; attribute its value.
    Value read(int feature, const Keys& keys, Micros at) const;
    // Several at once, out[i] for features[i]; what keys share is looked up once.
    void read(std::span<const int> features, const Keys& keys, Micros at,
              std::span<Value> out) const;
    // The same for every candidate in place of keys[varying] (-1: none); features that do not
    // depend on it are read once. out.at(row, i) is features[i] of candidates[row].
    void read_rows(std::span<const int> features, const Keys& keys, int varying,
                   std::span<const collect::EntityIndex> candidates, Micros at, Rows& out) const;

    // "count/1: 56 buckets of 3h, at most 344 bytes a key".
    std::string describe(int feature) const;
    std::size_t bytes() const;           // resident state, estimated
    std::uint64_t dropped_late() const;  // samples too old for a ring
    std::uint64_t dropped_keys() const;  // keys dropped by the bound

    // docs/formats/features.md. The bytes depend on the log alone, not on how memory was used.
    void snapshot(std::string& out) const;
    void stream(Pieces& out) const;  // the same bytes
    // Replaces the state; on failure it stays as it was. kConflict when the features declared then
    // were others, kCorrupt when the bytes are no snapshot.
    Status restore(std::string_view in);
    // Takes over, from a snapshot under the specification `before`, the state of every feature
    // whose definition stood there; gives those whose did not (indices into Spec::features), which
    // are empty. `entities` has taken over the entities of the same moment. On failure it stays as
    // it was.
    Result<std::vector<int>> take_over(std::string_view in, const spec::Spec& before);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace volant::features
