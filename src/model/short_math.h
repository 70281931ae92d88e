// exp and log to about ten digits, for update steps and scores that end in float32: the same bits
// on every CPU like core/exact_math.h (only + - * /), at a third of its latency. Relative error of
// short_exp and absolute error of short_log below 1e-9.
#pragma once

#include <bit>
#include <cstdint>

namespace volant::model {

// |x| <= 700.
inline double short_exp(double x) {
    constexpr double kShift = 0x1.8p52;  // adding it rounds to an integer in the low bits
    const double shifted = x * 0x1.71547652b82fep+0 + kShift;
    const double k = shifted - kShift;
    const double r = (x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
    const double r2 = r * r;
    const double r4 = r2 * r2;
    // The series to r^8 in pairs (Estrin), so that the parts are computed side by side.
    const double low = (1 + r) + r2 * (0.5 + r * (1.0 / 6));
    const double high = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const double e = low + r4 * (high + r4 * (1.0 / 40320));
    const auto bits = std::bit_cast<std::uint64_t>(shifted);  // its low bits are k
    return e * std::bit_cast<double>((bits + 1023) << 52);
}

// x > 0, normal and finite.
inline double short_log(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    // Subtracting sqrt(1/2)'s bits makes the exponent field count from there: m in [sqrt(1/2),
    // sqrt(2)).
    const std::uint64_t from_root = bits - 0x3fe6a09e667f3bcdull;
    const auto k = static_cast<double>(static_cast<std::int64_t>(from_root) >> 52);
    const double m =
        std::bit_cast<double>((from_root & 0xfffffffffffffull) + 0x3fe6a09e667f3bcdull);
    const double s = (m - 1) / (m + 1);
    const double z = s * s;
    const double z2 = z * z;
    const double series =
        (1 + z * (1.0 / 3)) + z2 * ((1.0 / 5 + z * (1.0 / 7)) + z2 * (1.0 / 9 + z * (1.0 / 11)));
    return k * 0x1.62e42fefa39efp-1 + 2 * s * series;
}

}  // namespace volant::model
