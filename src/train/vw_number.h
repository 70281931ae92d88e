// Numbers in Vowpal Wabbit text: the short decimals that nearly all are, without a library call.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace volant::train {

inline constexpr std::array<double, 16> kPowersOfTen = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// The nearest float (by way of the nearest double); nullopt unless the whole text is a finite
// number.
inline std::optional<float> vw_number(const char* text, std::size_t size) {
    const char* p = text;
    const char* end = text + size;
    const bool negative = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    const char* first = p;
    std::uint64_t digits = 0;
    while (p != end && static_cast<unsigned char>(*p - '0') < 10)
        digits = digits * 10 + static_cast<unsigned char>(*p++ - '0');
    auto count = p - first;
    std::size_t fraction = 0;
    if (p != end && *p == '.') {
        const char* point = ++p;
        while (p != end && static_cast<unsigned char>(*p - '0') < 10)
            digits = digits * 10 + static_cast<unsigned char>(*p++ - '0');
        fraction = static_cast<std::size_t>(p - point);
        count += p - point;
    }
    if (p == end && count > 0 && count <= 15) {
        // Both are exact, so the quotient is the nearest double.
        const double value = static_cast<double>(digits) / kPowersOfTen[fraction];
        return static_cast<float>(negative ? -value : value);
    }
    double value = 0;
    const auto parsed = std::from_chars(first, end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(value) || first == end ||
        *first == '-')
        return std::nullopt;
    const auto narrow = static_cast<float>(negative ? -value : value);
    if (!std::isfinite(narrow)) return std::nullopt;
    return narrow;
}

}  // namespace volant::train
