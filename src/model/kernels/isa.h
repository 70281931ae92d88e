// Which instruction set the kernels use. Every choice gives the same bits; they differ in speed
// only.
//
// Chosen once, at first use: the best one this CPU has, or the one that
// VOLANT_ISA=scalar|avx2|avx512 names. Threads: any.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace volant::model {

enum class Isa : std::uint8_t { kScalar, kAvx2, kAvx512 };

std::string_view isa_name(Isa isa);

// Those that this CPU and this build can run, slowest first; never empty.
std::vector<Isa> available_isas();

// The best available one when `forced` is empty, else the one named. kUsage for an unknown name,
// kUnavailable for one that this machine lacks; both name the choices.
Result<Isa> choose_isa(std::string_view forced);

// choose_isa(VOLANT_ISA), read once. Programs check it first thing, so that a typo is an exit code
// and not a CHECK in the first prediction.
const Result<Isa>& environment_isa();

}  // namespace volant::model
