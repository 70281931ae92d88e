// The two records that linear models and their kernels share.
#pragma once

#include <cstdint>

namespace volant::model {

// One nonzero input: `hash` picks the weight (masked to the table), `value` is finite.
struct Term {
    std::uint32_t hash = 0;
    float value = 0;
    bool operator==(const Term&) const = default;
};

// A term's magnitude is cut here, so that its square stays finite in float.
inline constexpr float kTermMax = 1e18f;

// One weight with its learner's state: 16 bytes, so that a term touches one cache line.
//   adaptive: `first` the sum of squared gradients, `second` the largest |value| seen, `rate`
//   scratch of
//             one update (this weight's own learning rate);
//   ftrl:     `first` z, `second` the sum of squared gradients, `rate` unused.
struct alignas(16) Slot {
    float weight = 0;
    float first = 0;
    float second = 0;
    float rate = 0;
};

}  // namespace volant::model
