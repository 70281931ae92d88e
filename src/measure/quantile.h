// The normal distribution's quantile, with the same bits on every machine.
#pragma once

namespace volant::measure {

// z with P(Z <= z) = p for 0 < p < 1 (Wichura 1988, algorithm AS 241 PPND16: relative error about
// 1e-16); -infinity at 0, infinity at 1, NaN outside.
double normal_quantile(double p);

}  // namespace volant::measure
