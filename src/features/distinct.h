// Distinct: how many different values were seen in a window, exact for few, sampled for many.
//
// The state is a set of 64-bit identities, each with the bucket in which it was last seen: a value
// lies in a window that ends now exactly when its last bucket does. While at most kSampleMax values
// lie in the ring, the count is exact. Past that the set becomes an adaptive sample (Wegman;
// Flajolet, "On adaptive sampling", Computing 34, 1990): a bucket of level l keeps only identities
// that end in l zero bits, each standing for 2^l. The standard error is about 1.2 / sqrt(values
// kept): 5.3 % at kSampleMax.
//
// Levels belong to buckets, not to the set, so that after a busy day has left the window the count
// is exact again. They never rise from an older bucket to a newer one (Invariant), so the last
// bucket of a value alone decides whether it is kept and for how many it stands.
//
// Mergeable: the union of two states is the state of the union, up to where the sampling began.
#pragma once

#include <array>
#include <vector>

#include "features/accumulator.h"
#include "features/window.h"

namespace volant::features {

class Distinct final : public Accumulator {
  public:
    static constexpr std::uint32_t kSampleMax = 512;

    explicit Distinct(Window window) : window_(window) {}

    std::size_t state_bytes() const override;
    std::size_t bytes_max() const override;
    bool observe(std::byte* state, const Sample& sample, Arena& arena) const override;
    void merge(std::byte* into, std::byte* from, Arena& arena) const override;
    void release(std::byte* state, Arena& arena) const override;
    Value read(States states, Micros at, const Arena& arena) const override;
    void save(const std::byte* state, const Arena& arena, Writer& out) const override;
    void load(std::byte* state, Arena& arena, Cursor& in) const override;

  private:
    static constexpr std::uint32_t kInline = 2;
    using Levels = std::array<std::uint8_t, kBucketsMax>;  // of bucket B at B mod 64

    // Invariants: identities ascend strictly; all last buckets lie less than window_.buckets before
    // `newest`.
    struct State {
        std::int64_t newest;  // bucket
        Arena::Block block;   // identity[capacity], then their tags; 0: the slot's own two
        Arena::Block levels;  // Levels; 0: all zero
        std::uint16_t size;
        std::uint16_t capacity;  // of the block
        std::uint8_t seen;       // 1 once there was a sample: `newest` is set
        std::uint8_t tags[kInline];
        std::uint64_t identities[kInline];
    };
    struct Entry {
        std::uint64_t identity;
        std::int64_t bucket;
    };

    static std::size_t block_bytes(std::uint32_t capacity) { return capacity * std::size_t{9}; }
    static std::uint32_t capacity(const State& state) {
        return state.block == 0 ? kInline : state.capacity;
    }
    static std::uint64_t* identities(State& state, Arena& arena);
    static const std::uint64_t* identities(const State& state, const Arena& arena);
    static std::uint8_t* tags(State& state, Arena& arena);
    static const std::uint8_t* tags(const State& state, const Arena& arena);
    static std::int64_t bucket_of(const State& state, std::uint8_t tag) {
        return state.newest -
               static_cast<std::uint8_t>(static_cast<std::uint8_t>(state.newest) - tag);
    }
    static std::uint32_t level(const State& state, std::int64_t bucket, const Arena& arena);

    bool advance(State& state, std::int64_t bucket, Arena& arena) const;
    bool put(State& state, Entry entry, Arena& arena) const;
    void insert(State& state, std::uint32_t i, Entry entry, Arena& arena) const;
    void raise(State& state, Arena& arena) const;
    void raise_levels(State& state, const Levels& levels, Arena& arena) const;
    template <class Keep>
    void filter(State& state, Arena& arena, Keep&& keep) const;
    void resize(State& state, std::uint32_t capacity, Arena& arena) const;
    std::int64_t read_one(const State& state, std::int64_t now, const Arena& arena) const;
    std::int64_t read_union(States states, std::int64_t now, const Arena& arena) const;

    Window window_;
};

}  // namespace volant::features
