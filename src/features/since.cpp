#include "features/since.h"

#include <algorithm>

namespace volant::features {

bool Since::observe(std::byte* bytes, const Sample& sample, Arena&) const {
    State& state = *reinterpret_cast<State*>(bytes);
    state.newest = state.used != 0 ? std::max(state.newest, sample.time) : sample.time;
    state.used = 1;
    return true;
}

void Since::merge(std::byte* into_bytes, std::byte* from_bytes, Arena& arena) const {
    const State& from = *reinterpret_cast<const State*>(from_bytes);
    Sample sample;
    sample.time = from.newest;
    if (from.used != 0) observe(into_bytes, sample, arena);
}

Value Since::read(States states, Micros at, const Arena&) const {
    Micros newest = 0;
    bool any = false;
    for (const std::byte* bytes : states) {
        const State& state = *reinterpret_cast<const State*>(bytes);
        if (state.used == 0 || state.newest > at) continue;
        if (length_ != kNever && state.newest <= at - length_) continue;
        newest = any ? std::max(newest, state.newest) : state.newest;
        any = true;
    }
    return any ? Value{static_cast<double>(at - newest) / 1e6} : Value{};
}

void Since::save(const std::byte* bytes, const Arena&, Writer& out) const {
    const State& state = *reinterpret_cast<const State*>(bytes);
    out.u8(static_cast<std::uint8_t>(state.used));
    if (state.used != 0) out.zigzag(state.newest);
}

void Since::load(std::byte* bytes, Arena&, Cursor& in) const {
    State& state = *reinterpret_cast<State*>(bytes);
    state.used = in.u8();
    if (state.used > 1) return in.bad();
    if (state.used != 0) state.newest = in.zigzag();
}

}  // namespace volant::features
