// The portable bodies of the kernels: what the other versions must equal bit for bit, and what they
// are made of where the instruction set changes only how std::fma is compiled. Private to kernels/.
#pragma once

#include <cmath>
#include <cstring>

#include "model/kernels/kernels.h"

namespace volant::model::scalar {

#define VOLANT_INLINE static inline __attribute__((always_inline))

// Below this a value counts as this: its square is the smallest normal float (Ross et al. 2013, 3).
inline constexpr float kValueMin = 1.0842022e-19f;
inline constexpr float kSquareMin = kValueMin * kValueMin;
// Sums and gradients stop here instead of at infinity, which no later example could mend.
inline constexpr float kSumMax = 3e38f;
inline constexpr float kGradientMax = 1e15f;

VOLANT_INLINE float dot(const Slot* table, std::uint32_t mask, const Term* terms,
                        std::size_t count) {
    float sum = 0;
    for (std::size_t i = 0; i < count; ++i)
        sum = __builtin_fmaf(table[terms[i].hash & mask].weight, terms[i].value, sum);
    return sum;
}

VOLANT_INLINE float truncated(float weight, float gravity) {
    if (weight > gravity) return weight - gravity;
    if (weight < -gravity) return weight + gravity;
    return 0;
}

VOLANT_INLINE float dot_truncated(const Slot* table, std::uint32_t mask, const Term* terms,
                                  std::size_t count, float gravity) {
    float sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const float weight = truncated(table[terms[i].hash & mask].weight, gravity);
        sum = __builtin_fmaf(weight, terms[i].value, sum);
    }
    return sum;
}

// One term of adapt(): adds to its two sums.
VOLANT_INLINE void adapt_one(Slot& slot, float value, float squared_gradient, float& per_update,
                             float& norm) {
    const float product = value * value;
    const float square = product > kSquareMin ? product : kSquareMin;
    const float absolute = __builtin_fabsf(value);
    const float size = absolute > kValueMin ? absolute : kValueMin;
    const float sum = slot.first + squared_gradient * square;
    slot.first = sum < kSumMax ? sum : kSumMax;
    if (size > slot.second) {
        if (slot.second > 0) slot.weight *= slot.second / size;
        slot.second = size;
    }
    const float inverse = 1.0f / slot.second;
    const float relative = size * inverse;
    const float root = __builtin_sqrtf(slot.first);
    slot.rate = inverse / (root > kValueMin ? root : kValueMin);
    norm += relative * relative;
    per_update += square * slot.rate;
}

VOLANT_INLINE float lane_sum(const float* lane) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

VOLANT_INLINE Adapted adapt(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                            float squared_gradient) {
    float per_update[8] = {};
    float norm[8] = {};
    for (std::size_t i = 0; i < count; ++i)
        adapt_one(table[terms[i].hash & mask], terms[i].value, squared_gradient, per_update[i & 7],
                  norm[i & 7]);
    return {lane_sum(per_update), lane_sum(norm)};
}

VOLANT_INLINE void apply(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                         float update) {
    for (std::size_t i = 0; i < count; ++i) {
        Slot& slot = table[terms[i].hash & mask];
        slot.weight += (update * terms[i].value) * slot.rate;
    }
}

VOLANT_INLINE void ftrl(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                        float gradient, const FtrlStep& step) {
    for (std::size_t i = 0; i < count; ++i) {
        Slot& slot = table[terms[i].hash & mask];
        const float whole = gradient * terms[i].value;
        const float g = __builtin_fminf(__builtin_fmaxf(whole, -kGradientMax), kGradientMax);
        const float squares = slot.second + g * g;
        const float root = __builtin_sqrtf(squares);
        const float sigma = (root - __builtin_sqrtf(slot.second)) / step.alpha;
        slot.first += g - sigma * slot.weight;
        slot.second = squares;
        const float drawn = truncated(slot.first, step.l1);
        slot.weight = drawn == 0 ? 0 : -drawn / ((step.beta + root) / step.alpha + step.l2);
    }
}

VOLANT_INLINE void dense_dot_many(const float* inputs, std::size_t input_count,
                                  const float* weights, std::size_t output_count, float* out) {
    for (std::size_t j = 0; j < output_count; ++j) {
        float sum = 0;
        for (std::size_t k = 0; k < input_count; ++k)
            sum = __builtin_fmaf(inputs[k], weights[k * output_count + j], sum);
        out[j] = sum;
    }
}

VOLANT_INLINE bool is_separator(char c) {
    return c == '\n' || c == '\r' || c == '\t' || c == ' ' || c == ':' || c == '|';
}

VOLANT_INLINE std::size_t separators(const char* text, std::size_t size, std::uint32_t* places) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < size; ++i) {
        places[found] = static_cast<std::uint32_t>(i);
        found += is_separator(text[i]) ? 1 : 0;
    }
    return found;
}

}  // namespace volant::model::scalar
