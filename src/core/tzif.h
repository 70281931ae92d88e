// TZif: the bytes of a zoneinfo file (RFC 9636) as a list of changes of the offset. Private to
// core/, for TimeZone.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace volant::tzif {

inline constexpr int kCycleYears = 400;  // after which the Gregorian calendar repeats, weekdays too

struct Change {
    std::int64_t at;      // seconds since the epoch
    std::int32_t offset;  // seconds east of UTC from then on
};

struct Table {
    std::int32_t first_offset = 0;  // before the first change
    std::vector<Change> changes;    // ascending
    bool repeats = false;           // the last kCycleYears of `changes`, for ever
};

// The table of the file, and behind it what its footer's rule gives for kCycleYears more. Errors:
// kCorrupt; files of version 1, and those that count leap seconds, are not read either.
Result<Table> read(std::string_view bytes);

}  // namespace volant::tzif
