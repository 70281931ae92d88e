#include "features/window.h"

#include <array>

namespace volant::features {
namespace {

constexpr std::array kLadder = {
    1 * kSecond,  2 * kSecond,  5 * kSecond, 10 * kSecond, 15 * kSecond, 30 * kSecond,
    1 * kMinute,  2 * kMinute,  3 * kMinute, 5 * kMinute,  10 * kMinute, 15 * kMinute,
    20 * kMinute, 30 * kMinute, 1 * kHour,   2 * kHour,    3 * kHour,    4 * kHour,
    6 * kHour,    8 * kHour,    12 * kHour,  1 * kDay,     2 * kDay,     7 * kDay,
};

}  // namespace

Window Window::of(Micros length) {
    if (length == kNever) return {};
    for (const Micros width : kLadder) {
        if (length % width == 0 && length / width <= Micros{kBucketsMax}) {
            return {length, static_cast<std::uint32_t>(length / width), width};
        }
    }
    return {length, kBucketsMax, length / kBucketsMax + (length % kBucketsMax != 0 ? 1 : 0)};
}

std::string Window::text() const {
    if (all_time()) return "all time";
    return std::to_string(buckets) + (buckets == 1 ? " bucket of " : " buckets of ") +
           format_duration(width);
}

}  // namespace volant::features
