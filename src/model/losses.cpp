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
// `odds` is exp(sign margin), or infinity where that is past telling.
double logistic_update(double margin, double sign, double odds, double scale, double per_update) {
    const double signed_margin = sign * margin;
    const double first_order = scale / (1 + odds);
    if (first_order * per_update < kSmallStep) return sign * first_order;
    // exp(v) + v grows by scale * per_update along the flow.
    const double moved = log_lambert(scale * per_update + signed_margin + odds);
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
    // A start within 5 % and its logarithm, then one step of Fritsch, Shafer and Crowley (algorithm
    // 443, 1973), which leaves the error's fourth power.
    double start = 0;
    double log_start = 0;
    if (x < -4) {
        log_start = std::max(x, -700.0);
        start = short_exp(log_start);
    } else if (x < 1) {
        log_start = -0.56441513 + x * (0.64479543 + x * (-0.0786139 + x * -0.00596791));
        start = short_exp(log_start);
    } else {
        start = x < 8 ? 0.52519235 + x * (0.41827387 + x * (0.0545502 + x * -0.00231875))
                      : x - short_log(x);
        log_start = short_log(start);
    }
    const double residual = x - log_start - start;
    const double t = 1 + start;
    const double q = 2 * t * (t + residual * (2.0 / 3.0));
    const double factor = residual / t * (q - residual) / (q - 2 * residual);
    return x - start * (1 + factor);
}

double LossFunction::link(double margin) const {
    switch (loss) {
        case spec::Loss::kLogistic: {
            const double e = short_exp(-std::abs(margin));
            return margin >= 0 ? 1 / (1 + e) : e / (1 + e);
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
            if (label >= 1) return -short_log(p);
            if (label <= 0) return -short_log(1 - p);
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
        const double p = sign > 0 ? prediction : 1 - prediction;
        return logistic_update(margin, sign, p / (1 - p), scale, per_update);
    };
    switch (loss) {
        case spec::Loss::kLogistic:
            if (label >= 1) return towards(1);
            if (label <= 0) return towards(-1);
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
