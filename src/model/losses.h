// The losses of linear models: what is paid, its gradient in the margin, and the invariant update.
//
// An invariant update is the limit of infinitely many small gradient steps whose rates add up to
// `scale`: an example of weight h counts as h examples would, and no step overshoots
// (Karampatziakis and Langford, "Online importance weight aware updates", 2011, table 1). A
// logistic label y between 0 and 1 mixes the updates towards 1 and 0 by y, as Vowpal Wabbit does.
//
//   logistic  y ln(1/p) + (1-y) ln(1/(1-p)), p = 1/(1+exp(-m)), y in [0,1]
//   squared   (m - y)^2
//   quantile  tau (y - m) if m < y, else (1 - tau) (m - y)
//   poisson   deviance 2 (y ln(y/r) - (y - r)), rate r = exp(m), y >= 0
#pragma once

#include "spec/spec.h"

namespace volant::model {

// Margins of logistic and Poisson models are cut to [-50, 50].
inline constexpr double kMarginMax = 50;

struct LossFunction {
    spec::Loss loss = spec::Loss::kLogistic;
    double quantile = 0.5;

    // The prediction in the label's units; `margin` is already cut.
    double link(double margin) const;
    // Of a prediction in the label's units.
    double of(double prediction, double label) const;
    // d loss / d margin, at prediction = link(margin). Poisson's is that of half the deviance.
    double gradient(double prediction, double label) const;
    // How far to move when one unit moves the margin by `per_update` > 0; prediction =
    // link(margin).
    double update(double margin, double prediction, double label, double scale,
                  double per_update) const;
};

// v with exp(v) + v = x, |x| <= 1e300: the logarithm of Lambert's W(exp(x)). Relative error of
// exp(v) below 1e-8.
double log_lambert(double x);

}  // namespace volant::model
