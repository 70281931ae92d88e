// Decay: a sum in which each event's weight halves with every half-life that has passed.
//
// value(t) = sum over events of number * 2^-((t - time) / half_life), kept as one number that is
// true at the newest event's time: Cormode, Shkapenyuk, Srivastava, Xu, "Forward decay", ICDE 2009.
// A late event enters with the weight that it has by then, so that order matters only for rounding.
#pragma once

#include "features/accumulator.h"

namespace volant::features {

// 2^-halvings for halvings >= 0, exact for whole ones, else within 3 ulp; 0 from 1000 on.
double halved(double halvings);

class Decay final : public Accumulator {
  public:
    explicit Decay(Micros half_life) : half_life_(half_life) {}

    std::size_t state_bytes() const override { return sizeof(State); }
    std::size_t bytes_max() const override { return sizeof(State); }
    bool observe(std::byte* state, const Sample& sample, Arena& arena) const override;
    void merge(std::byte* into, std::byte* from, Arena& arena) const override;
    void release(std::byte*, Arena&) const override {}
    Value read(States states, Micros at, const Arena& arena) const override;
    void save(const std::byte* state, const Arena& arena, Writer& out) const override;
    void load(std::byte* state, Arena& arena, Cursor& in) const override;

  private:
    struct State {
        double sum;  // as of `newest`
        Micros newest;
        std::uint64_t used;  // 0 or 1
    };
    double weight(Micros passed) const {
        return passed <= 0 ? 1.0
                           : halved(static_cast<double>(passed) / static_cast<double>(half_life_));
    }
    void add(State& state, double sum, Micros time) const;

    Micros half_life_;
};

}  // namespace volant::features
