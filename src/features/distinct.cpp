#include "features/distinct.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace volant::features {
namespace {

bool qualifies(std::uint64_t identity, std::uint32_t level) {
    return static_cast<std::uint32_t>(std::countr_zero(identity)) >= level;
}

std::size_t ring(std::int64_t bucket) {
    return static_cast<std::size_t>(bucket) % kBucketsMax;
}

constexpr std::uint32_t kLevelMax = 50;  // 512 * 2^50 values: never reached, keeps 2^level an int64

}  // namespace

std::uint64_t* Distinct::identities(State& state, Arena& arena) {
    return state.block == 0 ? state.identities : arena.as<std::uint64_t>(state.block);
}
const std::uint64_t* Distinct::identities(const State& state, const Arena& arena) {
    return state.block == 0 ? state.identities : arena.as<std::uint64_t>(state.block);
}
std::uint8_t* Distinct::tags(State& state, Arena& arena) {
    return state.block == 0 ? state.tags
                            : arena.as<std::uint8_t>(state.block) + std::size_t{state.capacity} * 8;
}
const std::uint8_t* Distinct::tags(const State& state, const Arena& arena) {
    return state.block == 0 ? state.tags
                            : arena.as<std::uint8_t>(state.block) + std::size_t{state.capacity} * 8;
}
std::uint32_t Distinct::level(const State& state, std::int64_t bucket, const Arena& arena) {
    return state.levels == 0 ? 0 : (*arena.as<Levels>(state.levels))[ring(bucket)];
}

std::size_t Distinct::state_bytes() const {
    return sizeof(State);
}
std::size_t Distinct::bytes_max() const {
    // One more than the sample's bound while it is being thinned out.
    return sizeof(State) + block_bytes(2 * kSampleMax) + sizeof(Levels);
}

bool Distinct::observe(std::byte* bytes, const Sample& sample, Arena& arena) const {
    State& state = *reinterpret_cast<State*>(bytes);
    const std::int64_t bucket = window_.bucket(sample.time);
    if (!advance(state, bucket, arena)) return false;
    put(state, {sample.identity, bucket}, arena);
    return true;
}

// Makes room for `bucket`; false when it is too old to be kept.
bool Distinct::advance(State& state, std::int64_t bucket, Arena& arena) const {
    if (state.seen == 0) {
        state.seen = 1;
        state.newest = bucket;
        return true;
    }
    if (bucket <= state.newest) {
        return state.newest - bucket < static_cast<std::int64_t>(window_.buckets);
    }
    const std::int64_t oldest = bucket - static_cast<std::int64_t>(window_.buckets) + 1;
    filter(state, arena, [&](const Entry& entry) { return entry.bucket >= oldest; });
    if (state.levels != 0) {
        Levels& levels = *arena.as<Levels>(state.levels);
        const std::int64_t steps = std::min<std::int64_t>(bucket - state.newest, kBucketsMax);
        for (std::int64_t i = 0; i < steps; ++i) levels[ring(bucket - i)] = 0;
        // A ring of fewer than 64 buckets leaves old levels standing outside the window: clear them
        // too.
        for (std::int64_t b = bucket - kBucketsMax + 1; b < oldest; ++b) levels[ring(b)] = 0;
        if (std::all_of(levels.begin(), levels.end(), [](std::uint8_t l) { return l == 0; })) {
            arena.release(state.levels, sizeof(Levels));
            state.levels = 0;
        }
    }
    // Tags are relative to `newest`, and all entries lie within 64 of either, so they stay as they
    // are.
    state.newest = bucket;
    return true;
}

// False when the value was not put in, because its bucket keeps only a sample without it.
bool Distinct::put(State& state, Entry entry, Arena& arena) const {
    std::uint64_t* all = identities(state, arena);
    const auto i =
        static_cast<std::uint32_t>(std::lower_bound(all, all + state.size, entry.identity) - all);
    if (i < state.size && all[i] == entry.identity) {
        std::uint8_t& tag = tags(state, arena)[i];
        if (bucket_of(state, tag) >= entry.bucket) return true;
        // A newer bucket's level is never higher: what was kept is kept.
        tag = static_cast<std::uint8_t>(entry.bucket);
        return true;
    }
    if (!qualifies(entry.identity, level(state, entry.bucket, arena))) return false;
    insert(state, i, entry, arena);
    while (state.size > kSampleMax) raise(state, arena);
    return true;
}

void Distinct::insert(State& state, std::uint32_t i, Entry entry, Arena& arena) const {
    if (state.size == capacity(state)) resize(state, capacity(state) * 2, arena);
    std::uint64_t* all = identities(state, arena);
    std::uint8_t* all_tags = tags(state, arena);
    std::memmove(all + i + 1, all + i, (state.size - i) * sizeof(*all));
    std::memmove(all_tags + i + 1, all_tags + i, state.size - i);
    all[i] = entry.identity;
    all_tags[i] = static_cast<std::uint8_t>(entry.bucket);
    ++state.size;
}

// Raises the lowest level that holds values by one, and with it whatever lies below: halves what
// the buckets of that level keep, and leaves the levels falling from old to new.
void Distinct::raise(State& state, Arena& arena) const {
    Levels levels{};
    std::uint32_t lowest = kLevelMax;
    for (std::uint32_t i = 0; i < state.size; ++i) {
        lowest = std::min(lowest, level(state, bucket_of(state, tags(state, arena)[i]), arena));
    }
    for (std::uint32_t back = 0; back < window_.buckets; ++back) {
        levels[ring(state.newest - back)] =
            static_cast<std::uint8_t>(std::min(lowest + 1, kLevelMax));
    }
    raise_levels(state, levels, arena);
}

// Each level becomes the higher of the two; what does not qualify any more goes.
void Distinct::raise_levels(State& state, const Levels& levels, Arena& arena) const {
    if (state.levels == 0) {
        state.levels = arena.allocate(sizeof(Levels));
        *arena.as<Levels>(state.levels) = Levels{};
    }
    Levels& own = *arena.as<Levels>(state.levels);
    for (std::size_t i = 0; i < kBucketsMax; ++i) own[i] = std::max(own[i], levels[i]);
    filter(state, arena, [&](const Entry& entry) {
        return qualifies(entry.identity, level(state, entry.bucket, arena));
    });
}

template <class Keep>
void Distinct::filter(State& state, Arena& arena, Keep&& keep) const {
    std::uint64_t* all = identities(state, arena);
    std::uint8_t* all_tags = tags(state, arena);
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < state.size; ++i) {
        if (!keep(Entry{all[i], bucket_of(state, all_tags[i])})) continue;
        all[kept] = all[i];
        all_tags[kept++] = all_tags[i];
    }
    state.size = static_cast<std::uint16_t>(kept);
    // A quarter full: the half as large is still half empty.
    std::uint32_t wanted = capacity(state);
    while (wanted > kInline && kept <= wanted / 4) wanted /= 2;
    if (wanted != capacity(state)) resize(state, wanted, arena);
}

void Distinct::resize(State& state, std::uint32_t wanted, Arena& arena) const {
    const State old = state;
    state.block = wanted <= kInline ? 0 : arena.allocate(block_bytes(wanted));
    state.capacity = static_cast<std::uint16_t>(wanted <= kInline ? 0 : wanted);
    std::memcpy(identities(state, arena), identities(old, arena), old.size * sizeof(std::uint64_t));
    std::memcpy(tags(state, arena), tags(old, arena), old.size);
    if (old.block != 0) arena.release(old.block, block_bytes(old.capacity));
}

void Distinct::merge(std::byte* into_bytes, std::byte* from_bytes, Arena& arena) const {
    State& into = *reinterpret_cast<State*>(into_bytes);
    State& from = *reinterpret_cast<State*>(from_bytes);
    if (from.seen != 0) {
        advance(into, from.newest, arena);
        advance(from, into.newest, arena);
        if (from.levels != 0) raise_levels(into, Levels(*arena.as<Levels>(from.levels)), arena);
        for (std::uint32_t i = 0; i < from.size; ++i) {
            const std::int64_t bucket = bucket_of(from, tags(from, arena)[i]);
            put(into, {identities(from, arena)[i], bucket}, arena);
        }
    }
    release(from_bytes, arena);
}

void Distinct::release(std::byte* bytes, Arena& arena) const {
    State& state = *reinterpret_cast<State*>(bytes);
    if (state.block != 0) arena.release(state.block, block_bytes(state.capacity));
    if (state.levels != 0) arena.release(state.levels, sizeof(Levels));
    state = State{};
}

Value Distinct::read(States states, Micros at, const Arena& arena) const {
    const std::int64_t now = window_.bucket(at);
    if (states.empty()) return std::int64_t{0};
    if (states.size() > 1) return read_union(states, now, arena);
    return read_one(*reinterpret_cast<const State*>(states[0]), now, arena);
}

std::int64_t Distinct::read_one(const State& state, std::int64_t now, const Arena& arena) const {
    const std::uint8_t* all = tags(state, arena);
    std::int64_t count = 0;
    if (state.levels == 0 && now == state.newest) return state.size;
    for (std::uint32_t i = 0; i < state.size; ++i) {
        const std::int64_t bucket = bucket_of(state, all[i]);
        if (bucket > now || bucket <= now - static_cast<std::int64_t>(window_.buckets)) continue;
        count += std::int64_t{1} << level(state, bucket, arena);
    }
    return count;
}

// The union's levels are the highest of any part's for each bucket of the window; a value counts by
// the last bucket in which any part saw it.
std::int64_t Distinct::read_union(States states, std::int64_t now, const Arena& arena) const {
    Levels levels{};
    std::vector<Entry> entries;
    for (const std::byte* bytes : states) {
        const State& state = *reinterpret_cast<const State*>(bytes);
        const std::int64_t oldest = now - static_cast<std::int64_t>(window_.buckets) + 1;
        for (std::int64_t b = oldest; b <= std::min(now, state.newest); ++b) {
            if (state.newest - b >= static_cast<std::int64_t>(window_.buckets)) continue;
            levels[ring(b)] =
                std::max(levels[ring(b)], static_cast<std::uint8_t>(level(state, b, arena)));
        }
        for (std::uint32_t i = 0; i < state.size; ++i) {
            const std::int64_t bucket = bucket_of(state, tags(state, arena)[i]);
            if (bucket < oldest || bucket > now) continue;
            entries.push_back({identities(state, arena)[i], bucket});
        }
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.identity != b.identity ? a.identity < b.identity : a.bucket > b.bucket;
    });
    std::int64_t count = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0 && entries[i].identity == entries[i - 1].identity) continue;
        const std::uint32_t l = levels[ring(entries[i].bucket)];
        if (qualifies(entries[i].identity, l)) count += std::int64_t{1} << l;
    }
    return count;
}

void Distinct::save(const std::byte* bytes, const Arena& arena, Writer& out) const {
    const State& state = *reinterpret_cast<const State*>(bytes);
    out.u8(static_cast<std::uint8_t>(state.seen | (state.levels != 0 ? 2 : 0)));
    if (state.seen == 0) return;
    out.zigzag(state.newest);
    if (state.levels != 0) out.raw(arena.as<Levels>(state.levels), sizeof(Levels));
    out.varint(state.size);
    out.raw(identities(state, arena), state.size * sizeof(std::uint64_t));
    out.raw(tags(state, arena), state.size);
}

void Distinct::load(std::byte* bytes, Arena& arena, Cursor& in) const {
    State& state = *reinterpret_cast<State*>(bytes);
    const std::uint8_t flags = in.u8();
    if (flags == 0) return;
    if ((flags & 1) == 0 || flags > 3) return in.bad();
    const std::int64_t newest = in.zigzag();
    const std::string_view levels = flags == 3 ? in.raw(sizeof(Levels)) : std::string_view{};
    const std::uint64_t size = in.varint();
    if (size > kSampleMax) return in.bad();
    const std::string_view saved = in.raw(size * sizeof(std::uint64_t));
    const std::string_view saved_tags = in.raw(size);
    if (!in.ok()) return;
    for (const char level : levels) {
        if (static_cast<std::uint8_t>(level) > kLevelMax) return in.bad();
    }
    std::uint32_t wanted = kInline;
    while (wanted < size) wanted *= 2;
    resize(state, wanted, arena);
    state.seen = 1;
    state.newest = newest;
    state.size = static_cast<std::uint16_t>(size);
    std::memcpy(identities(state, arena), saved.data(), saved.size());
    std::memcpy(tags(state, arena), saved_tags.data(), saved_tags.size());
    if (levels.empty()) return;
    state.levels = arena.allocate(sizeof(Levels));
    std::memcpy(arena.as<Levels>(state.levels), levels.data(), levels.size());
}

}  // namespace volant::features
