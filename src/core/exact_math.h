// exp, log and their kin with the same bits on every CPU: built from + - * / alone, without
// contraction (the build forbids it). Within 2 units in the last place of the true value over the
// whole range. Source of the reductions: Muller et al., Handbook of Floating-Point Arithmetic
// (2018), chapter 10.
#pragma once

namespace volant::exact {

double exp(double x);    // 0 below -745.2, infinity above 709.8
double log(double x);    // -infinity at 0, NaN below
double log1p(double x);  // accurate near 0
double tanh(double x);
double sigmoid(double x);  // 1 / (1 + exp(-x)), without overflow

}  // namespace volant::exact
