#include "measure/distributions.h"

#include <algorithm>
#include <cmath>

#include "core/exact_math.h"
#include "core/result.h"

namespace volant::measure {
namespace {

constexpr double kLogRootTwoPi = 0.91893853320467274178;
constexpr double kSeriesUpTo = 3;
constexpr double kTiny = 1e-300;
constexpr double kLogRootPi = 0.57236494292470008707;
constexpr double kLargeFreedom = 1e6;

double normal_density(double x) {
    return exact::exp(-x * x / 2) / kRootTwoPi;
}

// P(Z > x) for x > 0 by the continued fraction 1/(x + 1/(x + 2/(x + 3/...))), from its end.
double normal_tail(double x) {
    double fraction = x;
    for (int k = 60; k >= 1; --k) fraction = x + k / fraction;
    return normal_density(x) / fraction;
}

// P(0 < Z < x) / density(x): x + x^3/3 + x^5/(3 5) + ... (Marsaglia 2004).
double normal_series(double x) {
    double term = x;
    double sum = x;
    for (int k = 3; std::fabs(term) > 1e-18 * std::fabs(sum); k += 2) {
        term *= x * x / k;
        sum += term;
    }
    return sum;
}

// The continued fraction of the incomplete beta function (Lentz's method; converges quickly for
// x < (a + 1) / (a + b + 2)).
double beta_fraction(double a, double b, double x) {
    const auto safe = [](double v) { return std::fabs(v) < kTiny ? kTiny : v; };
    double c = 1;
    double d = 1 / safe(1 - (a + b) * x / (a + 1));
    double result = d;
    for (int m = 1; m <= 10'000; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / safe(1 + even * d);
        c = safe(1 + even / c);
        result *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / safe(1 + odd * d);
        c = safe(1 + odd / c);
        result *= d * c;
        if (std::fabs(d * c - 1) < 1e-16) break;
    }
    return result;
}

// log Gamma(a + 1/2) - log Gamma(a), without the cancellation that large a would bring.
double log_gamma_half_step(double a) {
    if (a < 30) return log_gamma(a + 0.5) - log_gamma(a);
    const double r = 1 / (a * a);
    return exact::log(a) / 2 - (1.0 / 8 - r * (1.0 / 192 - r * (1.0 / 640 - r * 17.0 / 14336))) / a;
}

double log_beta(double a, double b) {
    if (b == 0.5) return kLogRootPi - log_gamma_half_step(a);
    if (a == 0.5) return kLogRootPi - log_gamma_half_step(b);
    return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

// I_x(a, b) with y = 1 - x given, so that neither end is lost to rounding.
double incomplete_beta_at(double a, double b, double x, double y) {
    if (x == 0 || y == 0) return x;
    const double log_x = x > 0.5 ? exact::log1p(-y) : exact::log(x);
    const double log_y = y > 0.5 ? exact::log1p(-x) : exact::log(y);
    const double front = exact::exp(a * log_x + b * log_y - log_beta(a, b));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

// P(T > x) for x >= 0.
double t_tail(double x, double df) {
    const double square = x * x;
    if (df <= kLargeFreedom)
        return incomplete_beta_at(df / 2, 0.5, df / (df + square), square / (df + square)) / 2;
    // Fisher's expansion (1925) to 1 / df^2.
    const double first = x * (square + 1) / (4 * df);
    const double second = x * (((3 * square - 7) * square - 5) * square - 3) / (96 * df * df);
    return normal_cdf(-x) + normal_density(x) * (first + second);
}

double t_density(double x, double df) {
    const double log_density = log_gamma_half_step(df / 2) - exact::log(df) / 2 - kLogRootPi -
                               (df + 1) / 2 * exact::log1p(x * x / df);
    return exact::exp(log_density);
}

}  // namespace

double normal_cdf(double x) {
    if (x > kSeriesUpTo) return 1 - normal_tail(x);
    if (x < -kSeriesUpTo) return normal_tail(-x);
    return 0.5 + normal_density(x) * normal_series(x);
}

double log_gamma(double x) {
    VOLANT_CHECK(x > 0);
    double product = 1;  // Gamma(x) = Gamma(x + n) / (x (x+1) ... (x+n-1))
    for (; x < 12; x += 1) product *= x;
    const double r = 1 / (x * x);
    const double stirling =
        (1.0 / 12 -
         r * (1.0 / 360 -
              r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188 - r * 691.0 / 360360))))) /
        x;
    return (x - 0.5) * exact::log(x) - x + kLogRootTwoPi + stirling - exact::log(product);
}

double incomplete_beta(double a, double b, double x) {
    VOLANT_CHECK(a > 0 && b > 0 && x >= 0 && x <= 1);
    return incomplete_beta_at(a, b, x, 1 - x);
}

double t_cdf(double x, double df) {
    VOLANT_CHECK(df > 0);
    return x > 0 ? 1 - t_tail(x, df) : t_tail(-x, df);
}

double t_quantile(double p, double df) {
    VOLANT_CHECK(p > 0 && p < 1 && df > 0);
    if (p > 0.5) return -t_quantile(1 - p, df);
    if (p == 0.5) return 0;
    // Bracketed, then Newton's steps that stay inside.
    double low = -1;
    while (t_cdf(low, df) > p) low *= 2;
    double high = 0;
    double x = std::clamp(normal_quantile(p), low, high);
    for (int step = 0; step < 200; ++step) {
        const double error = t_cdf(x, df) - p;
        (error > 0 ? high : low) = x;
        double next = x - error / t_density(x, df);
        if (!(next > low && next < high)) next = (low + high) / 2;
        if (std::fabs(next - x) <= 1e-15 * std::fabs(x)) return next;
        x = next;
    }
    return x;
}

}  // namespace volant::measure
