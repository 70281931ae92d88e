// Window: how a window of time is cut into buckets.
//
// A window of length W is kept as at most 64 buckets of equal width b; bucket B holds the times
// [B*b, (B+1)*b), counted from the epoch in UTC, so that no time zone enters. At time t the window
// is the buckets B with floor(t/b) - n < B <= floor(t/b): its near edge is exact, its far edge
// moves in steps of b. b is the smallest width of a fixed ladder (1s .. 7d) that divides W into at
// most 64: 1m is 60 of 1s, 1h 60 of 1m, 1d 48 of 30m, 7d 56 of 3h, 30d 60 of 12h. A window that
// none divides gets 64 of ceil(W/64).
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"

namespace volant::features {

inline constexpr std::uint32_t kBucketsMax = 64;

struct Window {
    Micros length = kNever;  // kNever = all time: one bucket that holds everything
    std::uint32_t buckets = 1;
    Micros width = 0;  // 0 for all time

    static Window of(Micros length);

    bool all_time() const { return width == 0; }
    // Rounds down, before 1970 too.
    std::int64_t bucket(Micros time) const {
        if (width == 0) return 0;
        return time >= 0 ? time / width : -((-time + width - 1) / width);
    }
    // Whether bucket(time) is `number`, without a division. Not of all time.
    bool holds(std::int64_t number, Micros time) const {
        const auto step = static_cast<std::uint64_t>(width);
        return static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(number) * step < step;
    }
    // "56 buckets of 3h", "all time".
    std::string text() const;
};

}  // namespace volant::features
