// Looking at a comparison several times before it ends, without being fooled more often than alpha.
//
// The error is spent as data come in, by the function of Lan and DeMets (1983) that is like O'Brien
// and Fleming's, half of alpha on each side: after a fraction t of the planned data
// 4 - 4 Phi(z(1 - alpha/4) / sqrt(t)) in total, so very little at first. Looks need not be planned:
// the boundary of each depends on the fractions of those before it only.
#pragma once

#include <span>

namespace volant::measure {

// The part of `alpha` that may be spent by the time a fraction of the planned data is in.
// fraction is cut to [0, 1]; 0 < alpha < 1, CHECKed.
double alpha_spent(double fraction, double alpha);

// How large |estimate| / standard error must be at the last of the looks at `fractions` (rising, in
// (0, 1]; others are CHECKed) to reject "no difference", two-sided. The estimates of earlier looks
// did not reject. Infinity where too little is spent to reject at all. By the joint normal
// distribution of the looks (Armitage, McPherson and Rowe 1969), integrated numerically: within
// 1e-4. Takes milliseconds a look, so at most 100 looks are taken (CHECKed).
double look_boundary(std::span<const double> fractions, double alpha);

}  // namespace volant::measure
