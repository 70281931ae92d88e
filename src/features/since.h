// Since: seconds from the newest event to the moment of reading; null when there was none (in the
// window, which is exact here, as it is for `last`).
#pragma once

#include "features/accumulator.h"

namespace volant::features {

class Since final : public Accumulator {
  public:
    explicit Since(Micros length) : length_(length) {}

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
        Micros newest;
        std::uint64_t used;  // 0 or 1
    };
    Micros length_;
};

}  // namespace volant::features
