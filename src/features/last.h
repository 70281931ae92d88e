// Last: the newest values, by (time, lsn), at most n of them.
//
// A value of 8 bytes or less (numbers, times, short ids) lies in its entry; a longer one in a block
// of its own, up to kValueBytesMax; one beyond that is not kept, as if the event had not come. A
// window is exact here: entries with at - length < time <= at, no buckets. An id is kept as the
// text that it was when the event came: a later $identify or $delete of it does not rewrite what
// others remember.
#pragma once

#include <algorithm>

#include "features/accumulator.h"

namespace volant::features {

// One value with its place, 24 bytes. Owns its block: moved, never copied, and released by its
// keeper.
struct Kept {
    Micros time;
    std::uint64_t lsn_and_form;  // lsn in the low 56 bits; Type in the next 4; then the length of a
                                 // short string, or kOutside
    std::uint64_t payload;  // the bits of a number, a short string's bytes, or block | length << 32

    static constexpr std::size_t kValueBytesMax = 512;
    static constexpr std::uint64_t kOutside = 15;
    // False, and nothing is made, for a value that is missing or too long.
    static bool make(const Sample& sample, Arena& arena, Kept& out);

    log::Lsn lsn() const { return lsn_and_form & ((std::uint64_t{1} << 56) - 1); }
    bool before(const Kept& other) const {
        return time != other.time ? time < other.time : lsn() < other.lsn();
    }
    Value value(const Arena& arena) const;
    void release(Arena& arena) const;
    std::size_t outside_bytes() const;

    void save(const Arena& arena, Writer& out) const;
    // False when the bytes are not a kept value.
    static bool load(Cursor& in, Arena& arena, Kept& out);
};

// n = 1: the value itself, or null.
class LastOne final : public Accumulator {
  public:
    explicit LastOne(Micros length) : length_(length) {}

    std::size_t state_bytes() const override { return sizeof(State); }
    std::size_t bytes_max() const override { return sizeof(State) + Kept::kValueBytesMax; }
    bool observe(std::byte* state, const Sample& sample, Arena& arena) const override;
    void merge(std::byte* into, std::byte* from, Arena& arena) const override;
    void release(std::byte* state, Arena& arena) const override;
    Value read(States states, Micros at, const Arena& arena) const override;
    void save(const std::byte* state, const Arena& arena, Writer& out) const override;
    void load(std::byte* state, Arena& arena, Cursor& in) const override;

  private:
    struct State {
        std::uint64_t used;  // 0 or 1
        Kept kept;
    };
    void replace(State& state, const Kept& kept, Arena& arena) const;

    Micros length_;
};

// n > 1: a list, newest first; null when there is nothing to list.
class LastMany final : public Accumulator {
  public:
    static constexpr std::uint32_t kLastMax = 1000;

    LastMany(Micros length, std::uint32_t n) : length_(length), n_(std::min(n, kLastMax)) {}

    std::size_t state_bytes() const override { return sizeof(State); }
    std::size_t bytes_max() const override {
        return sizeof(State) + capacity_max() * sizeof(Kept) + n_ * Kept::kValueBytesMax;
    }
    bool observe(std::byte* state, const Sample& sample, Arena& arena) const override;
    void merge(std::byte* into, std::byte* from, Arena& arena) const override;
    void release(std::byte* state, Arena& arena) const override;
    Value read(States states, Micros at, const Arena& arena) const override;
    void save(const std::byte* state, const Arena& arena, Writer& out) const override;
    void load(std::byte* state, Arena& arena, Cursor& in) const override;

  private:
    // A sliding part of a block, oldest first: kept[first .. first + size).
    struct State {
        Arena::Block block;
        std::uint16_t size;
        std::uint16_t first;
        std::uint16_t capacity;
        std::uint16_t unused[3];
    };
    static Kept* entries(const State& state, Arena& arena) {
        return arena.as<Kept>(state.block) + state.first;
    }
    static const Kept* entries(const State& state, const Arena& arena) {
        return arena.as<Kept>(state.block) + state.first;
    }
    // Room to slide, so that a full list moves its entries once in n/4 events, not with each.
    std::uint32_t capacity_max() const { return n_ + std::max(4u, n_ / 4); }

    void insert(State& state, const Kept& kept, Arena& arena) const;
    void make_room(State& state, Arena& arena) const;

    Micros length_;
    std::uint32_t n_;
};

}  // namespace volant::features
