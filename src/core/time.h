// Times and durations: microseconds since 1970-01-01 UTC as an int64, and their texts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace volant {

using Micros = std::int64_t;  // a time since the epoch, or a duration; the name says which

inline constexpr Micros kMillisecond = 1'000;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;
inline constexpr Micros kDay = 24 * kHour;
inline constexpr Micros kNever = INT64_MAX;

inline constexpr Micros kTimeMin = -2'208'988'800 * kSecond;  // 1900-01-01T00:00:00Z
inline constexpr Micros kFutureMax = 10 * kMinute;  // how far ahead of the clock a time may lie

class TimeZone;

// What a time without a zone is taken in: a zone of the IANA database, else minutes east of UTC.
struct ZoneRule {
    bool allow_local = false;  // else such a time is refused
    int offset_minutes = 0;
    std::shared_ptr<const TimeZone> named = {};

    // `local`: a civil time, counted as if it were UTC.
    Micros to_utc(Micros local) const;
    bool operator==(const ZoneRule& other) const;  // zones by name are the same by their name
};

// ISO 8601: date, `T` or space, time, up to 9 fraction digits, and a zone (`Z`, `+01:00`, `+0100`,
// `+01`). Without hyphens and colons too (`20261124T100000Z`). A bare date is midnight, and has no
// zone. Errors: kInvalidTime, with what was found.
Result<Micros> parse_time(std::string_view text, const ZoneRule& zone = {});

// A number: below 1e11 seconds, below 1e14 milliseconds, else microseconds (by magnitude).
Result<Micros> time_from_number(double number);
Result<Micros> time_from_number(std::int64_t number);

// kTimeOutOfRange unless 1900 <= time <= now + 10 minutes.
Status check_time_range(Micros time, Micros now);

// `2026-11-24T10:00:00.000000Z`.
std::string format_time(Micros time);

// `30m`, `7d`, `1h30m`, `250ms`, `all` (kNever). Units: us ms s m h d w. Errors: kInvalidTime.
Result<Micros> parse_duration(std::string_view text);
std::string format_duration(Micros duration);

// Days since the epoch of a civil date, and back (Howard Hinnant, "chrono-compatible date
// algorithms").
std::int64_t days_from_civil(int year, int month, int day);

}  // namespace volant
