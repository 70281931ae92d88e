// Kernels: the inner loops that have a version for each instruction set, all with the same bits.
//
// The rules that make the bits equal: one output a lane, k in order, one fused multiply-add a term
// in dot products; everywhere else plain multiplications, additions, divisions and square roots,
// which IEEE 754 rounds in one way; sums over the terms of an update in eight lanes (term i in lane
// i mod 8), added as
// ((0+4)+(2+6)) + ((1+5)+(3+7)). No reciprocal estimates. Intrinsics live in this folder only.
//
// Shapes: a table of mask + 1 slots; terms[count]. Terms of one call may name the same slot: they
// are applied in order. Threads: const tables from anywhere; a table is changed by one thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/kernels/isa.h"
#include "model/term.h"

namespace volant::model {

// What an adaptive update needs to know about its terms.
struct Adapted {
    float per_update = 0;  // sum of value^2 rate: how far the margin moves for each unit of update
    float norm = 0;        // sum of (value / largest value seen)^2
};

struct FtrlStep {
    float alpha = 0, beta = 0, l1 = 0, l2 = 0;
};

struct Kernels {
    Isa isa = Isa::kScalar;

    // sum weight value, in order.
    float (*dot)(const Slot* table, std::uint32_t mask, const Term* terms, std::size_t count);
    // The same with weights drawn towards zero by `gravity` (truncated gradient).
    float (*dot_truncated)(const Slot* table, std::uint32_t mask, const Term* terms,
                           std::size_t count, float gravity);
    // Adds squared_gradient value^2 to each slot's sum, rescales weights that meet a larger value
    // than ever, and leaves each slot's rate = 1 / (largest sqrt(sum)). Needs squared_gradient > 0.
    Adapted (*adapt)(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                     float squared_gradient);
    // weight += update value rate.
    void (*apply)(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                  float update);
    // One FTRL-proximal step of each slot for the margin's gradient.
    void (*ftrl)(Slot* table, std::uint32_t mask, const Term* terms, std::size_t count,
                 float gradient, const FtrlStep& step);
    // out[j] = sum_k inputs[k] weights[k * outputs + j], k in order: weights input-major [inputs,
    // outputs].
    void (*dense_dot_many)(const float* inputs, std::size_t input_count, const float* weights,
                           std::size_t output_count, float* out);
    // Writes the places of '\n' '\r' '\t' ' ' ':' '|' in text[size], ascending; returns how many.
    // `text` must be readable 64 bytes past its end, and `places` hold size + 64 entries.
    std::size_t (*separators)(const char* text, std::size_t size, std::uint32_t* places);
};

const Kernels& kernels(Isa isa);  // CHECKs that it is available
const Kernels& kernels();         // environment_isa(), CHECKed

}  // namespace volant::model
