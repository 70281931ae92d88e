// Series: an accumulator whose parts lie in buckets of time, and its all-time sibling with one
// part.
//
// The newest bucket's part lies in the slot itself, so that a busy key is fed without another look
// into memory. Most keys are cold, so a full ring for each would waste nearly all of it: what is
// older is a list of the buckets that hold something, oldest first, each with the low byte of its
// bucket's number (enough, since all lie less than 64 buckets before the newest). One fits the
// slot; more go to a block of the arena that doubles up to the window's buckets.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "features/accumulator.h"
#include "features/parts.h"
#include "features/window.h"

namespace volant::features {

template <class P>
class Series final : public Accumulator {
    using Part = typename P::Part;
    static constexpr std::uint32_t kInside = 1;

    // Invariants: older <= capacity; the tags of the older are in order of time, differ, and all
    // lie less than window_.buckets before `newest`, and not at it.
    struct State {
        std::int64_t newest;  // bucket
        Arena::Block block;   // Part[capacity], then their tags; 0: the slot's own one
        std::uint8_t used;    // 0 or 1: whether there was anything
        std::uint8_t older;
        std::uint8_t capacity;  // of the block
        std::uint8_t tag;
        Part last;    // of the newest bucket
        Part inside;  // the one older part, with `tag`, while there is no block
    };

  public:
    explicit Series(Window window, Prior prior = {}) : window_(window), prior_(prior) {}

    std::size_t state_bytes() const override { return (sizeof(State) + 7) / 8 * 8; }
    std::size_t bytes_max() const override {
        std::uint32_t capacity = kInside;
        while (capacity + 1 < window_.buckets) capacity *= 2;
        return state_bytes() + (capacity > kInside ? block_bytes(capacity) : 0);
    }

    bool observe(std::byte* bytes, const Sample& sample, Arena& arena) const override {
        State& state = *reinterpret_cast<State*>(bytes);
        if (state.used != 0 && window_.holds(state.newest, sample.time)) [[likely]] {
            P::add(state.last, sample);
            return true;
        }
        bool fresh = false;
        Part* part = part_at(state, window_.bucket(sample.time), fresh, arena);
        if (part == nullptr) return false;
        fresh ? P::start(*part, sample) : P::add(*part, sample);
        return true;
    }

    void merge(std::byte* into_bytes, std::byte* from_bytes, Arena& arena) const override {
        State& into = *reinterpret_cast<State*>(into_bytes);
        State& from = *reinterpret_cast<State*>(from_bytes);
        if (from.used != 0) {
            // From the newest back: the first settles which buckets are still kept.
            join(into, from.newest, from.last, arena);
            for (std::uint32_t i = from.older; i-- > 0;) {
                join(into, from.newest - age(from, tags(from, arena)[i]), parts(from, arena)[i],
                     arena);
            }
        }
        release(from_bytes, arena);
    }

    void release(std::byte* bytes, Arena& arena) const override {
        State& state = *reinterpret_cast<State*>(bytes);
        if (state.block != 0) arena.release(state.block, block_bytes(state.capacity));
        state = State{};
    }

    Value read(States states, Micros at, const Arena& arena) const override {
        P total;
        const std::int64_t now = window_.bucket(at);
        for (const std::byte* bytes : states) {
            const State& state = *reinterpret_cast<const State*>(bytes);
            // A bucket of age a (against the newest) is seen when now - n < newest - a <= now.
            const std::int64_t ahead = now - state.newest;
            if (state.used == 0 || ahead >= static_cast<std::int64_t>(window_.buckets)) continue;
            const std::uint8_t* tag = tags(state, arena);
            const Part* part = parts(state, arena);
            std::uint32_t begin = 0;
            std::uint32_t end = state.older;
            while (begin < end && age(state, tag[begin]) + ahead >= window_.buckets) ++begin;
            while (end > begin && age(state, tag[end - 1]) + ahead < 0) --end;
            for (std::uint32_t i = begin; i < end; ++i) total.take(part[i]);
            if (ahead >= 0) total.take(state.last);
        }
        return total.value(prior_);
    }

    void save(const std::byte* bytes, const Arena& arena, Writer& out) const override {
        const State& state = *reinterpret_cast<const State*>(bytes);
        out.u8(static_cast<std::uint8_t>(state.used + state.older));
        if (state.used == 0) return;
        out.zigzag(state.newest);
        out.raw(&state.last, sizeof(Part));
        for (std::uint32_t i = 0; i < state.older; ++i) {
            out.u8(static_cast<std::uint8_t>(age(state, tags(state, arena)[i])));
        }
        out.raw(parts(state, arena), state.older * sizeof(Part));
    }

    void load(std::byte* bytes, Arena& arena, Cursor& in) const override {
        State& state = *reinterpret_cast<State*>(bytes);
        const std::uint32_t size = in.u8();
        if (size == 0) return;
        if (size > window_.buckets) return in.bad();
        const std::uint32_t older = size - 1;
        const std::int64_t newest = in.zigzag();
        const std::string_view last = in.raw(sizeof(Part));
        const std::string_view ages = in.raw(older);
        const std::string_view saved = in.raw(older * sizeof(Part));
        if (!in.ok() || !are_ages(ages)) return in.bad();
        while (capacity(state) < older) grow(state, arena);
        state.used = 1;
        state.newest = newest;
        state.older = static_cast<std::uint8_t>(older);
        std::memcpy(&state.last, last.data(), sizeof(Part));
        for (std::uint32_t i = 0; i < older; ++i) {
            tags(state, arena)[i] = tag_of(newest - static_cast<std::uint8_t>(ages[i]));
        }
        std::memcpy(parts(state, arena), saved.data(), saved.size());
    }

  private:
    static std::size_t block_bytes(std::uint32_t capacity) { return capacity * (sizeof(Part) + 1); }
    static std::uint32_t capacity(const State& state) {
        return state.block == 0 ? kInside : state.capacity;
    }
    static std::uint8_t tag_of(std::int64_t bucket) { return static_cast<std::uint8_t>(bucket); }
    // How many buckets before the newest.
    static std::int64_t age(const State& state, std::uint8_t tag) {
        return static_cast<std::uint8_t>(tag_of(state.newest) - tag);
    }
    // Of the older buckets.
    template <class S, class A>
    static auto* parts(S& state, A& arena) {
        using MaybeConst = std::conditional_t<std::is_const_v<S>, const Part, Part>;
        return state.block == 0 ? static_cast<MaybeConst*>(&state.inside)
                                : arena.template as<Part>(state.block);
    }
    template <class S, class A>
    static auto* tags(S& state, A& arena) {
        using Tag = std::conditional_t<std::is_const_v<S>, const std::uint8_t, std::uint8_t>;
        return state.block == 0
                   ? static_cast<Tag*>(&state.tag)
                   : arena.template as<std::uint8_t>(state.block) + state.capacity * sizeof(Part);
    }

    // The part of `bucket`, made if need be (`fresh`: uninitialised); nullptr when it is too old.
    Part* part_at(State& state, std::int64_t bucket, bool& fresh, Arena& arena) const {
        const std::int64_t behind = state.newest - bucket;
        if (behind == 0 && state.used != 0) return &state.last;
        if (state.used == 0 || behind < 0) {
            if (state.used != 0) push_last(state, -behind, arena);
            state.newest = bucket;
            state.used = 1;
            fresh = true;
            return &state.last;
        }
        if (behind >= static_cast<std::int64_t>(window_.buckets)) return nullptr;
        std::uint32_t i = state.older;
        while (i > 0 && age(state, tags(state, arena)[i - 1]) < behind) --i;
        if (i > 0 && tags(state, arena)[i - 1] == tag_of(bucket))
            return parts(state, arena) + i - 1;
        fresh = true;
        return insert(state, i, tag_of(bucket), arena);
    }

    void join(State& into, std::int64_t bucket, const Part& other, Arena& arena) const {
        bool fresh = false;
        Part* part = part_at(into, bucket, fresh, arena);
        if (part == nullptr) return;
        fresh ? void(*part = other) : P::join(*part, other);
    }

    // Before the newest bucket moves on by `steps`: its part joins the older ones, and those that
    // leave the window are forgotten.
    void push_last(State& state, std::int64_t steps, Arena& arena) const {
        const std::int64_t kept =
            static_cast<std::int64_t>(window_.buckets) - steps;  // ages below it
        std::uint32_t gone = 0;
        const std::uint8_t* tag = tags(state, arena);
        while (gone < state.older && age(state, tag[gone]) >= kept) ++gone;
        if (gone > 0) forget_oldest(state, gone, arena);
        if (kept > 0) *insert(state, state.older, tag_of(state.newest), arena) = state.last;
    }

    void forget_oldest(State& state, std::uint32_t gone, Arena& arena) const {
        state.older = static_cast<std::uint8_t>(state.older - gone);
        std::memmove(tags(state, arena), tags(state, arena) + gone, state.older);
        std::memmove(parts(state, arena), parts(state, arena) + gone, state.older * sizeof(Part));
        if (state.block == 0 || state.older > 0) return;
        arena.release(state.block, block_bytes(state.capacity));
        state.block = 0;
        state.capacity = 0;
    }

    // Room before the i-th of the older; its part is not initialised.
    Part* insert(State& state, std::uint32_t i, std::uint8_t tag, Arena& arena) const {
        if (state.older == capacity(state)) grow(state, arena);
        std::uint8_t* all_tags = tags(state, arena);
        Part* all_parts = parts(state, arena);
        std::memmove(all_tags + i + 1, all_tags + i, state.older - i);
        std::memmove(all_parts + i + 1, all_parts + i, (state.older - i) * sizeof(Part));
        all_tags[i] = tag;
        ++state.older;
        return all_parts + i;
    }

    static void grow(State& state, Arena& arena) {
        const std::uint32_t wider = capacity(state) * 2;
        const Arena::Block block = arena.allocate(block_bytes(wider));
        std::memcpy(arena.as<Part>(block), parts(state, arena), state.older * sizeof(Part));
        std::memcpy(arena.as<std::uint8_t>(block) + wider * sizeof(Part), tags(state, arena),
                    state.older);
        if (state.block != 0) arena.release(state.block, block_bytes(state.capacity));
        state.block = block;
        state.capacity = static_cast<std::uint8_t>(wider);
    }

    // Falling, within the window, above 0: the newest stands apart.
    bool are_ages(std::string_view ages) const {
        std::uint32_t last = window_.buckets;
        for (const char c : ages) {
            const std::uint32_t age = static_cast<std::uint8_t>(c);
            if (age >= last || age == 0) return false;
            last = age;
        }
        return true;
    }

    Window window_;
    Prior prior_;
};

template <class P>
class AllTime final : public Accumulator {
    using Part = typename P::Part;
    struct State {
        std::uint64_t used;  // 0 or 1
        Part part;
    };

  public:
    explicit AllTime(Prior prior = {}) : prior_(prior) {}

    std::size_t state_bytes() const override { return (sizeof(State) + 7) / 8 * 8; }
    std::size_t bytes_max() const override { return state_bytes(); }

    bool observe(std::byte* bytes, const Sample& sample, Arena&) const override {
        State& state = *reinterpret_cast<State*>(bytes);
        state.used != 0 ? P::add(state.part, sample) : P::start(state.part, sample);
        state.used = 1;
        return true;
    }
    void merge(std::byte* into_bytes, std::byte* from_bytes, Arena&) const override {
        State& into = *reinterpret_cast<State*>(into_bytes);
        const State& from = *reinterpret_cast<const State*>(from_bytes);
        if (from.used == 0) return;
        into.used != 0 ? P::join(into.part, from.part) : void(into.part = from.part);
        into.used = 1;
    }
    void release(std::byte*, Arena&) const override {}

    Value read(States states, Micros, const Arena&) const override {
        P total;
        for (const std::byte* bytes : states) {
            const State& state = *reinterpret_cast<const State*>(bytes);
            if (state.used != 0) total.take(state.part);
        }
        return total.value(prior_);
    }

    void save(const std::byte* bytes, const Arena&, Writer& out) const override {
        const State& state = *reinterpret_cast<const State*>(bytes);
        out.u8(static_cast<std::uint8_t>(state.used));
        if (state.used != 0) out.raw(&state.part, sizeof(Part));
    }
    void load(std::byte* bytes, Arena&, Cursor& in) const override {
        State& state = *reinterpret_cast<State*>(bytes);
        state.used = in.u8();
        if (state.used > 1) return in.bad();
        if (state.used == 0) return;
        const std::string_view saved = in.raw(sizeof(Part));
        if (in.ok()) std::memcpy(&state.part, saved.data(), sizeof(Part));
    }

  private:
    Prior prior_;
};

}  // namespace volant::features
