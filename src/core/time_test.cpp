#include "core/time.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace volant {
namespace {

TEST(Time, ReadsIsoWithEveryKindOfZone) {
    const Micros expected = 1795514400 * kSecond;  // 2026-11-24T10:00:00Z
    for (const char* text :
         {"2026-11-24T10:00:00Z", "2026-11-24 10:00:00z", "2026-11-24T11:00:00+01:00",
          "2026-11-24T05:00:00-0500", "2026-11-24T12:00+02", "2026-11-24T10:00:00.000000Z",
          "20261124T100000Z", "20261124T1000Z", "20261124 110000.000+0100"}) {
        const auto time = parse_time(text);
        ASSERT_TRUE(time.ok()) << text << ": " << time.error().message;
        EXPECT_EQ(*time, expected) << text;
    }
}

TEST(Time, RefusesWhatIsNoTime) {
    for (const char* text :
         {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z",
          "2026-11-24T10:00:60Z", "2026-11-24T10:00:00+1", "2026-11-24T10:00:00.Z",
          "2026-11-24T10:00:00.1234567891Z", "2026-11-24T10:00:00Zx", "2026-11-24T10:00:00",
          "2026-11-24Z", "2026-11-24+01:00", "20261124", "20261124Z", "1764000000",
          "20261124T10:00:00Z", "2026-11-24T100000Z", "2026-1124T10:00:00Z"}) {
        const auto time = parse_time(text);
        ASSERT_FALSE(time.ok()) << text;
        EXPECT_EQ(time.error().code, Code::kInvalidTime);
    }
}

TEST(Time, TakesLocalTimesOnlyWhereAZoneIsSet) {
    const auto time =
        parse_time("2026-11-24T10:00:00", {.allow_local = true, .offset_minutes = 60});
    ASSERT_TRUE(time.ok());
    EXPECT_EQ(format_time(*time), "2026-11-24T09:00:00.000000Z");
}

TEST(Time, NumbersAreReadByTheirSize) {
    EXPECT_EQ(*time_from_number(std::int64_t{1795514400}), 1795514400 * kSecond);
    EXPECT_EQ(*time_from_number(std::int64_t{1795514400123}), 1795514400'123'000);
    EXPECT_EQ(*time_from_number(std::int64_t{1795514400123456}), 1795514400'123'456);
    EXPECT_EQ(*time_from_number(1795514400.25), 1795514400'250'000);
    EXPECT_FALSE(time_from_number(1e300).ok());
}

TEST(Time, TextAndBackIsTheSameForRandomTimes) {
    Random random(7);
    for (int i = 0; i < 2000; ++i) {
        const Micros time = kTimeMin + static_cast<Micros>(random.below(8'000'000'000'000'000ull));
        const auto back = parse_time(format_time(time));
        ASSERT_TRUE(back.ok()) << format_time(time);
        EXPECT_EQ(*back, time);
    }
}

TEST(Time, RangeIsFrom1900ToTenMinutesAhead) {
    const Micros now = 1795514400 * kSecond;
    EXPECT_TRUE(check_time_range(now + 10 * kMinute, now).ok());
    EXPECT_EQ(check_time_range(now + 10 * kMinute + 1, now).error().code, Code::kTimeOutOfRange);
    EXPECT_TRUE(check_time_range(kTimeMin, now).ok());
    EXPECT_FALSE(check_time_range(kTimeMin - 1, now).ok());
}

TEST(Duration, ReadsUnitsAndSums) {
    EXPECT_EQ(*parse_duration("30m"), 30 * kMinute);
    EXPECT_EQ(*parse_duration("1h30m"), 90 * kMinute);
    EXPECT_EQ(*parse_duration("1.5d"), 36 * kHour);
    EXPECT_EQ(*parse_duration("250ms"), 250 * kMillisecond);
    EXPECT_EQ(*parse_duration("all"), kNever);
    for (const char* text : {"", "7", "d", "7 d", "-1d", "7days", "1e3d", "99999999999999d"}) {
        EXPECT_FALSE(parse_duration(text).ok()) << text;
    }
    for (const char* text : {"30m", "7d", "1h30m", "250ms", "14d", "all"}) {
        EXPECT_EQ(format_duration(*parse_duration(text)), text);
    }
}

}  // namespace
}  // namespace volant
