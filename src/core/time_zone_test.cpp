#include "core/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "core/files.h"
#include "core/random.h"
#include "core/tzif.h"

namespace volant {
namespace {

using testing::HasSubstr;

std::string utc(const TimeZone& zone, std::string_view local) {
    const auto as_utc = parse_time(std::string(local) + "Z");
    EXPECT_TRUE(as_utc.ok()) << local;
    return format_time(zone.to_utc(*as_utc)).substr(0, 19);
}

std::shared_ptr<const TimeZone> zone_of(const std::string& name) {
    auto zone = TimeZone::load(name);
    EXPECT_TRUE(zone.ok()) << zone.error().message;
    return zone.ok() ? *zone : nullptr;
}

TEST(ReadZone, TakesOffsetsAndNames) {
    EXPECT_EQ(*read_zone("UTC"), (ZoneRule{true, 0}));
    EXPECT_EQ(*read_zone("-0530"), (ZoneRule{true, -330}));
    EXPECT_EQ(read_zone("Europe/Berlin")->named->name(), "Europe/Berlin");
    EXPECT_EQ(read_zone("Europe/Berln").error().message,
              "found \"Europe/Berln\", expected UTC, an offset such as +01:00 or a zone such as "
              "Europe/Berlin: there is no time zone \"Europe/Berln\"; did you mean "
              "\"Europe/Berlin\"?");
}

// A file of version 2 without the table of version 1.
struct File {
    struct Time {
        std::int64_t at;
        std::uint8_t kind;
    };
    std::vector<Time> times;
    std::vector<std::int32_t> offsets{0};
    std::string footer;
    char version = '2';
    std::uint32_t leaps = 0;

    static void number(std::string& out, std::uint64_t value, int size) {
        for (int i = size - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
    }
    std::string header(bool full) const {
        std::string out = "TZif";
        out += version;
        out += std::string(15, '\0');
        for (const std::size_t count : {std::size_t{0}, std::size_t{0}, std::size_t{leaps},
                                        times.size(), offsets.size(), std::size_t{0}})
            number(out, full ? count : 0, 4);
        return out;
    }
    std::string bytes() const {
        std::string out = header(false) + header(true);
        for (const Time& time : times) number(out, static_cast<std::uint64_t>(time.at), 8);
        for (const Time& time : times) out += static_cast<char>(time.kind);
        for (const std::int32_t offset : offsets) {
            number(out, static_cast<std::uint32_t>(offset), 4);
            out += std::string(2, '\0');
        }
        out += std::string(leaps * 12, '\0');
        return out + "\n" + footer + "\n";
    }
};

std::string refusal(const std::string& bytes) {
    const auto zone = TimeZone::read("x", bytes);
    return zone.ok() ? "" : zone.error().message;
}

TEST(TimeZone, FollowsSummerTime) {
    const auto berlin = zone_of("Europe/Berlin");
    EXPECT_EQ(utc(*berlin, "2026-01-15T12:00:00"), "2026-01-15T11:00:00");
    EXPECT_EQ(utc(*berlin, "2026-07-15T12:00:00"), "2026-07-15T10:00:00");
    // 02:00 to 03:00 is skipped.
    EXPECT_EQ(utc(*berlin, "2026-03-29T01:59:59"), "2026-03-29T00:59:59");
    EXPECT_EQ(utc(*berlin, "2026-03-29T02:30:00"), "2026-03-29T01:30:00");
    EXPECT_EQ(utc(*berlin, "2026-03-29T03:00:00"), "2026-03-29T01:00:00");
    // 02:00 to 03:00 comes twice.
    EXPECT_EQ(utc(*berlin, "2026-10-25T02:30:00"), "2026-10-25T00:30:00");
    EXPECT_EQ(utc(*berlin, "2026-10-25T03:00:00"), "2026-10-25T02:00:00");
}

TEST(TimeZone, KnowsWhatWasAndWhatTheRuleSaysWillBe) {
    EXPECT_EQ(utc(*zone_of("Asia/Shanghai"), "1988-07-01T12:00:00"), "1988-07-01T03:00:00");
    EXPECT_EQ(utc(*zone_of("Asia/Shanghai"), "2026-07-01T12:00:00"), "2026-07-01T04:00:00");
    EXPECT_EQ(utc(*zone_of("Europe/Berlin"), "2199-07-01T12:00:00"), "2199-07-01T10:00:00");
    EXPECT_EQ(utc(*zone_of("Europe/Berlin"), "9999-07-01T12:00:00"), "9999-07-01T10:00:00");
    EXPECT_EQ(utc(*zone_of("America/Sao_Paulo"), "2018-12-01T12:00:00"), "2018-12-01T14:00:00");
    EXPECT_EQ(utc(*zone_of("Asia/Kolkata"), "2026-07-01T12:00:00"), "2026-07-01T06:30:00");
}

// Short files have no table for the years of the present rule.
TEST(TimeZone, ReadsTheRuleOfTheFooter) {
    File file;
    file.offsets = {3600};
    file.footer = "CET-1CEST,M3.5.0,M10.5.0/3";
    auto zone = TimeZone::read("x", file.bytes());
    ASSERT_TRUE(zone.ok()) << zone.error().message;
    for (const char* year : {"1950", "2026", "2300", "2800"}) {
        const std::string july = std::string(year) + "-07-15T",
                          january = std::string(year) + "-01-15T";
        EXPECT_EQ(utc(*zone, july + "12:00:00"), july + "10:00:00");
        EXPECT_EQ(utc(*zone, january + "12:00:00"), january + "11:00:00");
    }
    file.footer = "<-02>2<-01>,M3.5.0/-1,M10.5.0/0";  // the day before
    zone = TimeZone::read("x", file.bytes());
    ASSERT_TRUE(zone.ok()) << zone.error().message;
    EXPECT_EQ(utc(*zone, "2026-03-28T22:59:59"), "2026-03-29T00:59:59");
    EXPECT_EQ(utc(*zone, "2026-03-29T00:00:00"), "2026-03-29T01:00:00");
    file.footer = "XXX3YYY,0/0,J365/25";  // summer all the year
    zone = TimeZone::read("x", file.bytes());
    ASSERT_TRUE(zone.ok()) << zone.error().message;
    for (const char* day : {"2026-01-01T", "2026-07-15T", "2026-12-31T", "2028-12-31T"})
        EXPECT_EQ(utc(*zone, std::string(day) + "12:00:00"), std::string(day) + "14:00:00");
    file.footer = "IST-1GMT0,M10.5.0,M3.5.0/1";  // winter is the exception
    zone = TimeZone::read("x", file.bytes());
    ASSERT_TRUE(zone.ok()) << zone.error().message;
    EXPECT_EQ(utc(*zone, "2026-01-15T12:00:00"), "2026-01-15T12:00:00");
    EXPECT_EQ(utc(*zone, "2026-07-15T12:00:00"), "2026-07-15T11:00:00");
    file.footer = "AAA4BBB,J60/0,300/0";  // 1 March in every year; day 300 counts from 0
    zone = TimeZone::read("x", file.bytes());
    ASSERT_TRUE(zone.ok()) << zone.error().message;
    for (const char* year : {"2027", "2028"}) {
        const std::string y(year);
        EXPECT_EQ(utc(*zone, y + "-02-28T23:00:00"),
                  y + (y == "2028" ? "-02-29T03:00:00" : "-03-01T03:00:00"));
        EXPECT_EQ(utc(*zone, y + "-03-01T12:00:00"), y + "-03-01T15:00:00");
    }
}

TEST(TimeZone, NamesTheNearestZone) {
    const auto message = [](const std::string& name) {
        const auto zone = TimeZone::load(name);
        EXPECT_FALSE(zone.ok()) << name;
        return zone.ok() ? "" : zone.error().message;
    };
    EXPECT_THAT(message("Europe/Berln"), HasSubstr("did you mean \"Europe/Berlin\"?"));
    EXPECT_THAT(message("shanghai"), HasSubstr("did you mean \"Asia/Shanghai\"?"));
    for (const char* name : {"", "Europe", "/etc/passwd", "../zoneinfo/UTC", "Mars/Olympus_Mons"})
        EXPECT_THAT(message(name), HasSubstr("there is no time zone \"")) << name;
    EXPECT_THAT(TimeZone::load("UTC", "/nowhere").error().message, HasSubstr("tzdata"));
}

TEST(TimeZone, RefusesDamagedFiles) {
    File file;
    file.times = {{0, 1}, {1000, 0}};
    file.offsets = {3600, 7200};
    file.footer = "CET-1CEST,M3.5.0,M10.5.0/3";
    const std::string good = file.bytes();
    EXPECT_EQ(refusal(good), "");
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(refusal(good.substr(0, size)), "") << size;
    const auto with = [&](auto change) {
        File changed = file;
        change(changed);
        return refusal(changed.bytes());
    };
    EXPECT_THAT(with([](File& f) { f.version = '\0'; }), HasSubstr("version 1"));
    EXPECT_THAT(with([](File& f) { f.leaps = 1; }), HasSubstr("leap seconds"));
    EXPECT_THAT(with([](File& f) { f.times[1].at = 0; }), HasSubstr("ascend"));
    EXPECT_THAT(with([](File& f) { f.times[1].kind = 2; }), HasSubstr("a kind"));
    EXPECT_THAT(with([](File& f) { f.offsets[0] = 100'000; }), HasSubstr("26 hours"));
    EXPECT_THAT(with([](File& f) { f.times[1].at = INT64_MAX; }), HasSubstr("5000"));
    for (const char* footer :
         {"CET", "CET-1CEST", "CET-1CEST,M3.5.0", "C-1", "CET-25", "CET-1CEST,M13.5.0,M10.5.0",
          "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365",
          "CET-1CEST,0,366", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<CET-1"})
        EXPECT_THAT(with([&](File& f) { f.footer = footer; }), HasSubstr("its rule is")) << footer;
    Random random(1);
    for (int i = 0; i < 20'000; ++i) {  // whatever they hold, nothing breaks
        std::string damaged = good;
        for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
            damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
        if (auto zone = TimeZone::read("x", damaged); zone.ok())
            (void)zone->to_utc(static_cast<Micros>(random.below(1ull << 52)));
    }
}

// The C library reads the same files in the other direction.
class AgainstTheCLibrary : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        ::setenv("TZ", GetParam(), 1);
        ::tzset();
    }
    void TearDown() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    static std::int64_t local_of(std::int64_t at) {
        const std::time_t time = at;
        std::tm t{};
        ::localtime_r(&time, &t);
        return at + t.tm_gmtoff;
    }
};

TEST_P(AgainstTheCLibrary, TheFirstInstantThatShowsALocalTime) {
    constexpr std::int64_t kStep = 300, kReach = 26 * 3600, kDaySeconds = 86'400;
    const auto zone = zone_of(GetParam());
    Random random(7);
    int skipped = 0;
    for (int i = 0; i < 3'000; ++i) {
        const std::int64_t year = 1900 + static_cast<std::int64_t>(random.below(250));
        std::int64_t local = days_from_civil(static_cast<int>(year), 1, 1) * kDaySeconds +
                             static_cast<std::int64_t>(random.below(366 * 288)) * kStep;
        if (i % 3 == 0) {  // on the day of a change, if the year has one
            std::int64_t at = local;
            while (at < local + 200 * kDaySeconds &&
                   local_of(at) - at == local_of(at + kDaySeconds) - at - kDaySeconds)
                at += kDaySeconds;
            local = local_of(at) + static_cast<std::int64_t>(random.below(300)) * kStep;
        }
        const Micros found = zone->to_utc(local * kSecond);
        ASSERT_EQ(found % kSecond, 0);
        const std::int64_t at = found / kSecond;
        if (local_of(at) == local) {
            for (std::int64_t earlier = at - kStep; earlier > at - 3 * 3600; earlier -= kStep)
                ASSERT_NE(local_of(earlier), local) << format_time(local * kSecond);
            continue;
        }
        ++skipped;
        ASSERT_GT(local_of(at), local) << format_time(local * kSecond);
        for (std::int64_t other = at - kReach; other < at + kReach; other += kStep)
            ASSERT_NE(local_of(other), local) << format_time(local * kSecond);
    }
    RecordProperty("skipped", skipped);
}

INSTANTIATE_TEST_SUITE_P(Zones, AgainstTheCLibrary,
                         testing::Values("Europe/Berlin", "Asia/Shanghai", "America/New_York",
                                         "America/Santiago", "Australia/Lord_Howe", "Europe/Dublin",
                                         "Africa/Casablanca", "Asia/Kolkata", "Pacific/Apia",
                                         "America/St_Johns", "UTC"));

}  // namespace
}  // namespace volant
