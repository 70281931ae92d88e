#include "model/losses.h"

#include <algorithm>
#include <cmath>

#include "core/exact_math.h"
#include "model/short_math.h"

namespace volant::model {
namespace {

// Below this share of a whole step the first-order step is exact to double precision that matters,
// and free of cancellation.
constexpr double kSmallStep = 1e-6;
constexpr double kProbabilityMin = 1e-15;

double expm1(double x) {
    if (x > 40) return exact::exp(x);
    const double t = exact::tanh(x / 2);
    return 2 * t / (1 - t);
}

// The update towards `sign` (+1 or -1) of the logistic loss ln(1 + exp(-sign margin)).
double logistic_update(double margin, double prediction, double sign, double scale,
                       double per_update) {
    const double signed_margin = sign * margin;
    const double right = sign > 0 ? prediction : 1 - prediction;
    const double wrong = sign > 0 ? 1 - prediction : prediction;
    const double first_order = scale * wrong;
    if (first_order * per_update < kSmallStep) return sign * first_order;
    // exp(v) + v grows by scale * per_update along the flow.
    const double moved = log_lambert(scale * per_update + signed_margin + right / wrong);
    return sign * (moved - signed_margin) / per_update;
}

double squared_update(double margin, double label, double scale, double per_update) {
    if (scale * per_update < kSmallStep) return 2 * (label - margin) * scale;
    return (label - margin) * -expm1(-2 * scale * per_update) / per_update;
}

// Moves at a constant rate, and stops at the label.
double quantile_update(double margin, double label, double tau, double scale, double per_update) {
    const double error = label - margin;
    const double slope = error > 0 ? tau : tau - 1;
    if (error == 0) return 0;
    const double whole = slope * scale;
    return std::abs(whole) * per_update < std::abs(error) ? whole : error / per_update;
}

double poisson_update(double margin, double rate, double label, double scale, double per_update) {
    const double step = scale * per_update;
    if (step < kSmallStep) return (label - rate) * scale;
    if (label <= 0) return -exact::log1p(rate * step) / per_update;
    // Beyond this the flow has arrived: exp(m) = label.
    if (label * step > kMarginMax) return (exact::log(label) - margin) / per_update;
    return label * scale - exact::log1p(rate * expm1(label * step) / label) / per_update;
}

}  // namespace

double log_lambert(double x) {
    // A start within 2 % and its logarithm, then one step of Fritsch, Shafer and Crowley (algorithm
    // 443, 1973), which leaves the error's fourth power. Nearly all updates lie in the first range.
    double start = 0;
    double log_start = 0;
    if (x >= -2 && x < 8) [[likely]] {
        const double x2 = x * x;
        start =
            (0.57201282 + x * 0.35908537) + x2 * ((0.06564801 - x * 0.00108968) - x2 * 0.00023845);
        log_start = short_log(start);
    } else if (x >= 8) {
        start = x - short_log(x);
        log_start = short_log(start);
    } else {
        log_start = x < -4 ? std::max(x, -700.0) : -0.43262837 + x * (0.7919417 - x * 0.02638703);
        start = short_exp(log_start);
    }
    const double residual = x - log_start - start;
    const double t = 1 + start;
    const double q = 2 * t * (t + residual * (2.0 / 3.0));
    const double factor = residual * (q - residual) / (t * (q - 2 * residual));
    return x - start * (1 + factor);
}

double LossFunction::link(double margin) const {
    switch (loss) {
        case spec::Loss::kLogistic: {
            // Selected, not branched: which side it is cannot be foretold.
            const double e = short_exp(-std::abs(margin));
            const double numerator = margin >= 0 ? 1 : e;
            return numerator / (1 + e);
        }
        case spec::Loss::kPoisson:
            return short_exp(margin);
        case spec::Loss::kSquared:
        case spec::Loss::kQuantile:
            break;
    }
    return margin;
}

double LossFunction::of(double prediction, double label) const {
    const double error = label - prediction;
    switch (loss) {
        case spec::Loss::kLogistic: {
            const double p = std::clamp(prediction, kProbabilityMin, 1 - kProbabilityMin);
            label = std::clamp(label, 0.0, 1.0);
            if (label == 0 || label == 1) return -short_log(label == 1 ? p : 1 - p);
            return -(label * short_log(p) + (1 - label) * short_log(1 - p));
        }
        case spec::Loss::kSquared:
            return error * error;
        case spec::Loss::kQuantile:
            return error > 0 ? quantile * error : (quantile - 1) * error;
        case spec::Loss::kPoisson: {
            const double rate = std::max(prediction, kProbabilityMin);
            const double fit = label > 0 ? label * short_log(label / rate) : 0;
            return 2 * (fit - (label - rate));
        }
    }
    return 0;
}

double LossFunction::gradient(double prediction, double label) const {
    switch (loss) {
        case spec::Loss::kLogistic:
        case spec::Loss::kPoisson:
            return prediction - label;
        case spec::Loss::kSquared:
            return 2 * (prediction - label);
        case spec::Loss::kQuantile:
            break;
    }
    return prediction == label ? 0 : prediction < label ? -quantile : 1 - quantile;
}

double LossFunction::update(double margin, double prediction, double label, double scale,
                            double per_update) const {
    const auto towards = [&](double sign) {
        return logistic_update(margin, prediction, sign, scale, per_update);
    };
    switch (loss) {
        case spec::Loss::kLogistic:
            if (label == 0 || label == 1) return towards(2 * label - 1);
            return label * towards(1) + (1 - label) * towards(-1);
        case spec::Loss::kSquared:
            return squared_update(margin, label, scale, per_update);
        case spec::Loss::kQuantile:
            return quantile_update(margin, label, quantile, scale, per_update);
        case spec::Loss::kPoisson:
            return poisson_update(margin, prediction, label, scale, per_update);
    }
    return 0;
}

}  // namespace volant::model
