#include "core/exact_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace volant::exact {
namespace {

constexpr double kLn2High = 0x1.62e42fee00000p-1;  // 33 bits: a product with |k| < 2^11 is exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kLog2E = 0x1.71547652b82fep+0;

double power_of_two(int exponent) {  // -1022 <= exponent <= 1023
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

// log(1 + f) for |f| < 0.42 by 2 atanh(f / (2 + f)); `low` is added last.
double log_near_one(double f, double low) {
    const double s = f / (2 + f);
    const double z = s * s;
    double p = 2.0 / 23;
    for (const double c : {2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13, 2.0 / 11, 2.0 / 9,
                           2.0 / 7, 2.0 / 5, 2.0 / 3}) {
        p = p * z + c;
    }
    // f - f*s is log(1+f) up to the series' tail: 2s = f - f*s exactly in real numbers.
    return f - (s * (f - z * p) - low);
}

struct Reduced {
    int k;     // x = k ln 2 + r
    double r;  // |r| <= ln 2 / 2
};

Reduced reduce(double x) {
    const double k = std::floor(x * kLog2E + 0.5);
    return {static_cast<int>(k), x - k * kLn2High - k * kLn2Low};
}

double expm1_near_zero(double r) {
    double p = 1.0 / 6227020800;  // 1/13!
    for (const double c :
         {1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
          1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2}) {
        p = p * r + c;
    }
    return r + r * r * p;
}

}  // namespace

double exp(double x) {
    if (!(x <= 709.8)) return x != x ? x : std::numeric_limits<double>::infinity();
    if (x < -745.2) return 0;
    const Reduced reduced = reduce(x);
    const double e = 1 + expm1_near_zero(reduced.r);
    const int half =
        reduced.k / 2;  // in two steps, so that subnormal results and 2^1024 come out right
    return e * power_of_two(half) * power_of_two(reduced.k - half);
}

double log(double x) {
    if (x != x || x < 0) return std::numeric_limits<double>::quiet_NaN();
    if (x == 0) return -std::numeric_limits<double>::infinity();
    if (x == std::numeric_limits<double>::infinity()) return x;
    int k = 0;
    if (x < std::numeric_limits<double>::min()) {
        x *= 0x1p54;
        k = -54;
    }
    const auto bits = std::bit_cast<std::uint64_t>(x);
    k += static_cast<int>(bits >> 52) - 1023;
    double m = std::bit_cast<double>((bits & 0xfffffffffffffull) | 0x3ff0000000000000ull);
    if (m > 0x1.6a09e667f3bcdp+0) {
        m *= 0.5;
        ++k;
    }
    return k * kLn2High + log_near_one(m - 1, k * kLn2Low);
}

double log1p(double x) {
    if (x > -0.29 && x < 0.41) return log_near_one(x, 0);
    const double u = 1 + x;
    if (u <= 0 || u == std::numeric_limits<double>::infinity()) return log(u);
    return log(u) + (x - (u - 1)) / u;  // puts back what rounding 1 + x lost
}

double tanh(double x) {
    const double a = std::fabs(x);
    if (x != x) return x;
    if (a > 20) return x < 0 ? -1 : 1;
    // (e^2a - 1) / (e^2a + 1), with e^2a - 1 kept apart so that nothing cancels.
    const Reduced reduced = reduce(2 * a);
    const double scale = power_of_two(reduced.k);
    const double m = scale * expm1_near_zero(reduced.r) + (scale - 1);
    const double t = m / (m + 2);
    return x < 0 ? -t : t;
}

double sigmoid(double x) {
    if (x >= 0) return 1 / (1 + exp(-x));
    const double e = exp(x);
    return e / (1 + e);
}

}  // namespace volant::exact
