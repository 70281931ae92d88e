#include "features/decay.h"

#include <bit>
#include <cmath>
#include <numbers>

#include "core/exact_math.h"
#include "features/parts.h"

namespace volant::features {

double halved(double halvings) {
    if (!(halvings < 1000)) return 0;
    // 2^-h = 2^-k * e^(-f ln 2), k whole and exact, f in [-0.5, 0.5]
    const double k = std::floor(halvings + 0.5);
    const auto exponent = static_cast<std::uint64_t>(1023 - static_cast<int>(k));
    return exact::exp((k - halvings) * std::numbers::ln2) * std::bit_cast<double>(exponent << 52);
}

void Decay::add(State& state, double sum, Micros time) const {
    if (state.used == 0) {
        state = {sum, time, 1};
    } else if (time > state.newest) {
        state.sum = state.sum * weight(time - state.newest) + sum;
        state.newest = time;
    } else {
        state.sum += sum * weight(state.newest - time);
    }
}

bool Decay::observe(std::byte* bytes, const Sample& sample, Arena&) const {
    add(*reinterpret_cast<State*>(bytes), sample.number, sample.time);
    return true;
}

void Decay::merge(std::byte* into_bytes, std::byte* from_bytes, Arena&) const {
    const State& from = *reinterpret_cast<const State*>(from_bytes);
    if (from.used != 0) add(*reinterpret_cast<State*>(into_bytes), from.sum, from.newest);
}

Value Decay::read(States states, Micros at, const Arena&) const {
    double sum = 0;
    for (const std::byte* bytes : states) {
        const State& state = *reinterpret_cast<const State*>(bytes);
        if (state.used != 0) sum += state.sum * weight(at - state.newest);
    }
    return finite(sum);
}

void Decay::save(const std::byte* bytes, const Arena&, Writer& out) const {
    const State& state = *reinterpret_cast<const State*>(bytes);
    out.u8(static_cast<std::uint8_t>(state.used));
    if (state.used == 0) return;
    out.f64(state.sum);
    out.zigzag(state.newest);
}

void Decay::load(std::byte* bytes, Arena&, Cursor& in) const {
    State& state = *reinterpret_cast<State*>(bytes);
    state.used = in.u8();
    if (state.used > 1) return in.bad();
    if (state.used == 0) return;
    state.sum = in.f64();
    state.newest = in.zigzag();
}

}  // namespace volant::features
