// The normal and Student's t distribution, with the same bits on every machine (core/exact_math.h).
// Within 1e-12 of the true value, relative in the tails, for 1e-300 < p < 1 - 1e-16 and 1 <= df <=
// 1e9.
#pragma once

#include "measure/quantile.h"  // normal_quantile

namespace volant::measure {

inline constexpr double kRootTwoPi = 2.50662827463100050242;

double normal_cdf(double x);        // P(Z <= x)
double normal_quantile(double p);   // 0 < p < 1, CHECKed
double t_cdf(double x, double df);  // df > 0, CHECKed
double t_quantile(double p, double df);

double log_gamma(double x);  // x > 0, CHECKed
// The regularized incomplete beta function I_x(a, b); a, b > 0, 0 <= x <= 1, CHECKed.
double incomplete_beta(double a, double b, double x);

}  // namespace volant::measure
