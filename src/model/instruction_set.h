// Which instruction set the kernels use, for programs: they check it first thing, so that a typo in
// VOLANT_ISA is an exit code, and show it to whoever wants to know.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace volant::model {

// "avx512". Errors: kUsage, kUnavailable, as VOLANT_ISA is wrong.
Result<std::string_view> instruction_set();
// "scalar, avx2": all that this machine and build can run.
std::string instruction_sets();

}  // namespace volant::model
