#include "features/last.h"

#include <bit>
#include <cstring>
#include <vector>

namespace volant::features {
namespace {

constexpr unsigned kTypeShift = 56;
constexpr unsigned kLengthShift = 60;
constexpr std::size_t kInsideMax = 8;

bool in_window(Micros time, Micros at, Micros length) {
    return time <= at && (length == kNever || time > at - length);
}

}  // namespace

bool Kept::make(const Sample& sample, Arena& arena, Kept& out) {
    const Datum& datum = *sample.datum;
    std::uint64_t form = static_cast<std::uint64_t>(datum.type) << kTypeShift;
    out.payload = 0;
    if (datum.type == Type::kNull) return false;
    if (datum.type == Type::kDouble) {
        out.payload = std::bit_cast<std::uint64_t>(datum.number);
    } else if (datum.is_number()) {
        out.payload = static_cast<std::uint64_t>(datum.integer);
    } else {
        const std::string_view bytes = datum.type == Type::kString ? datum.text : datum.encoded;
        if (bytes.size() > kValueBytesMax) return false;
        if (bytes.size() <= kInsideMax) {
            form |= std::uint64_t{bytes.size()} << kLengthShift;
            std::memcpy(&out.payload, bytes.data(), bytes.size());
        } else {
            form |= kOutside << kLengthShift;
            const Arena::Block block = arena.allocate(bytes.size());
            std::memcpy(arena.at(block), bytes.data(), bytes.size());
            out.payload = block | std::uint64_t{bytes.size()} << 32;
        }
    }
    out.time = sample.time;
    out.lsn_and_form = sample.lsn | form;
    return true;
}

std::size_t Kept::outside_bytes() const {
    return lsn_and_form >> kLengthShift == kOutside ? static_cast<std::size_t>(payload >> 32) : 0;
}

void Kept::release(Arena& arena) const {
    if (outside_bytes() > 0) arena.release(static_cast<Arena::Block>(payload), outside_bytes());
}

Value Kept::value(const Arena& arena) const {
    const auto type = static_cast<Type>(lsn_and_form >> kTypeShift & 15);
    switch (type) {
        case Type::kBool:
            return payload != 0;
        case Type::kInt:
            return static_cast<std::int64_t>(payload);
        case Type::kTime:
            return Time{static_cast<Micros>(payload)};
        case Type::kDouble:
            return std::bit_cast<double>(payload);
        default:
            break;
    }
    const char* inside = reinterpret_cast<const char*>(&payload);
    const std::string_view bytes =
        outside_bytes() > 0
            ? std::string_view(arena.as<char>(static_cast<Arena::Block>(payload)), outside_bytes())
            : std::string_view(inside, lsn_and_form >> kLengthShift);
    if (type == Type::kString) return bytes;
    return Cursor(bytes).value();
}

void Kept::save(const Arena& arena, Writer& out) const {
    out.zigzag(time);
    out.varint(lsn());
    out.value(value(arena));
}

bool Kept::load(Cursor& in, Arena& arena, Kept& out) {
    Sample sample;
    sample.time = in.zigzag();
    sample.lsn = in.varint();
    const std::string_view rest = in.rest();
    in.skip_value();
    if (!in.ok()) return false;
    const Datum datum = read_datum(rest.substr(0, rest.size() - in.left()));
    sample.datum = &datum;
    return sample.lsn >> kTypeShift == 0 && make(sample, arena, out);
}

void LastOne::replace(State& state, const Kept& kept, Arena& arena) const {
    if (state.used != 0 && kept.before(state.kept)) return kept.release(arena);
    if (state.used != 0) state.kept.release(arena);
    state.kept = kept;
    state.used = 1;
}

bool LastOne::observe(std::byte* bytes, const Sample& sample, Arena& arena) const {
    State& state = *reinterpret_cast<State*>(bytes);
    Kept kept;
    if (Kept::make(sample, arena, kept)) replace(state, kept, arena);
    return true;
}

void LastOne::merge(std::byte* into_bytes, std::byte* from_bytes, Arena& arena) const {
    State& from = *reinterpret_cast<State*>(from_bytes);
    if (from.used != 0) replace(*reinterpret_cast<State*>(into_bytes), from.kept, arena);
    from = State{};
}

void LastOne::release(std::byte* bytes, Arena& arena) const {
    State& state = *reinterpret_cast<State*>(bytes);
    if (state.used != 0) state.kept.release(arena);
    state = State{};
}

Value LastOne::read(States states, Micros at, const Arena& arena) const {
    const Kept* newest = nullptr;
    for (const std::byte* bytes : states) {
        const State& state = *reinterpret_cast<const State*>(bytes);
        if (state.used == 0 || !in_window(state.kept.time, at, length_)) continue;
        if (newest == nullptr || newest->before(state.kept)) newest = &state.kept;
    }
    return newest == nullptr ? Value{} : newest->value(arena);
}

void LastOne::save(const std::byte* bytes, const Arena& arena, Writer& out) const {
    const State& state = *reinterpret_cast<const State*>(bytes);
    out.u8(static_cast<std::uint8_t>(state.used));
    if (state.used != 0) state.kept.save(arena, out);
}

void LastOne::load(std::byte* bytes, Arena& arena, Cursor& in) const {
    State& state = *reinterpret_cast<State*>(bytes);
    const std::uint8_t used = in.u8();
    if (used == 0) return;
    if (used > 1 || !Kept::load(in, arena, state.kept)) return in.bad();
    state.used = 1;
}

bool LastMany::observe(std::byte* bytes, const Sample& sample, Arena& arena) const {
    Kept kept;
    if (Kept::make(sample, arena, kept)) insert(*reinterpret_cast<State*>(bytes), kept, arena);
    return true;
}

void LastMany::insert(State& state, const Kept& kept, Arena& arena) const {
    if (state.size == n_) {
        Kept& oldest = *entries(state, arena);
        if (kept.before(oldest)) return kept.release(arena);
        oldest.release(arena);
        ++state.first;
        --state.size;
    }
    if (state.first + state.size == state.capacity) make_room(state, arena);
    Kept* all = entries(state, arena);
    std::uint32_t i = state.size++;
    for (; i > 0 && kept.before(all[i - 1]); --i) all[i] = all[i - 1];
    all[i] = kept;
}

// After the last entry: by sliding to the front of a block that is at its largest, else by a wider
// block.
void LastMany::make_room(State& state, Arena& arena) const {
    State old = state;
    if (state.capacity < capacity_max()) {
        const std::uint32_t wider = std::max<std::uint32_t>(2, state.capacity * 2u);
        state.capacity = static_cast<std::uint16_t>(std::min(wider, capacity_max()));
        state.block = arena.allocate(state.capacity * sizeof(Kept));
    }
    state.first = 0;
    if (old.block == 0) return;
    std::memmove(entries(state, arena), entries(old, arena), old.size * sizeof(Kept));
    if (old.block != state.block) arena.release(old.block, old.capacity * sizeof(Kept));
}

void LastMany::merge(std::byte* into_bytes, std::byte* from_bytes, Arena& arena) const {
    State& into = *reinterpret_cast<State*>(into_bytes);
    State& from = *reinterpret_cast<State*>(from_bytes);
    if (from.block == 0) return;
    // `into` takes over the entries' own blocks, then the list's is free.
    for (std::uint32_t i = 0; i < from.size; ++i)
        insert(into, Kept(entries(from, arena)[i]), arena);
    arena.release(from.block, from.capacity * sizeof(Kept));
    from = State{};
}

void LastMany::release(std::byte* bytes, Arena& arena) const {
    State& state = *reinterpret_cast<State*>(bytes);
    if (state.block == 0) return;
    for (std::uint32_t i = 0; i < state.size; ++i) entries(state, arena)[i].release(arena);
    arena.release(state.block, state.capacity * sizeof(Kept));
    state = State{};
}

Value LastMany::read(States states, Micros at, const Arena& arena) const {
    std::vector<const Kept*> newest;
    for (const std::byte* bytes : states) {
        const State& state = *reinterpret_cast<const State*>(bytes);
        if (state.block == 0) continue;
        const Kept* all = entries(state, arena);
        for (std::uint32_t i = state.size;
             i-- > 0 && (length_ == kNever || all[i].time > at - length_);) {
            if (all[i].time <= at) newest.push_back(all + i);
        }
    }
    if (newest.empty()) return {};
    if (states.size() > 1) {
        std::sort(newest.begin(), newest.end(),
                  [](const Kept* a, const Kept* b) { return b->before(*a); });
    }
    if (newest.size() > n_) newest.resize(n_);
    List list;
    list.reserve(newest.size());
    for (const Kept* kept : newest) list.push_back(kept->value(arena));
    return list;
}

void LastMany::save(const std::byte* bytes, const Arena& arena, Writer& out) const {
    const State& state = *reinterpret_cast<const State*>(bytes);
    out.varint(state.size);
    for (std::uint32_t i = 0; i < state.size; ++i) entries(state, arena)[i].save(arena, out);
}

void LastMany::load(std::byte* bytes, Arena& arena, Cursor& in) const {
    State& state = *reinterpret_cast<State*>(bytes);
    const std::uint64_t size = in.varint();
    if (size > n_) return in.bad();
    for (std::uint64_t i = 0; i < size; ++i) {
        Kept kept;
        if (!Kept::load(in, arena, kept)) return in.bad();
        insert(state, kept, arena);
    }
}

}  // namespace volant::features
