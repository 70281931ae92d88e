// Accumulator: the arithmetic of one feature over plain bytes of state.
//
// One object a declared feature holds the parameters (window, n, prior); the state of each key is
// state_bytes() bytes in the key's slot, all zero when empty, and blocks of the Arena that it
// names. The same class observes and reads, so training and serving cannot differ.
//
// Promises: read, save and write no clock and change nothing; the value depends only on the
// samples, their order where floating point makes order matter, and `at`; no byte of a snapshot
// depends on how blocks lie in memory. merge(into, from) leaves what would stand there had the
// samples of both come to `into`, save for the rounding of sums within one bucket. To add one:
// docs/how-to/add-a-feature.md. Threads: const objects; observe, merge, release and load on the
// apply thread.
#pragma once

#include <cstddef>
#include <span>

#include "core/bytes.h"
#include "core/value.h"
#include "features/arena.h"
#include "features/sample.h"

namespace volant::features {

using States = std::span<const std::byte* const>;

class Accumulator {
  public:
    virtual ~Accumulator() = default;

    virtual std::size_t state_bytes() const = 0;  // in the slot; a multiple of 8
    virtual std::size_t bytes_max() const = 0;    // with its blocks

    // False when the sample is too old to be kept (it was dropped).
    virtual bool observe(std::byte* state, const Sample& sample, Arena& arena) const = 0;
    // Moves `from` into `into`; `from` is then as if released.
    virtual void merge(std::byte* into, std::byte* from, Arena& arena) const = 0;
    // Gives the state's blocks back; its bytes are cleared by the caller.
    virtual void release(std::byte* state, Arena& arena) const = 0;

    // The value of all `states` taken together: none is the empty state, one is an entity's own,
    // several are those of its linked entities.
    virtual Value read(States states, Micros at, const Arena& arena) const = 0;

    virtual void save(const std::byte* state, const Arena& arena, Writer& out) const = 0;
    // Into an empty state. Turns `in` bad when the bytes are not a state of this accumulator.
    virtual void load(std::byte* state, Arena& arena, Cursor& in) const = 0;
};

}  // namespace volant::features
