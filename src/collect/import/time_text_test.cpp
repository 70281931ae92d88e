#include "collect/import/time_text.h"

#include <gtest/gtest.h>

#include "collect/column_profile.h"

namespace volant::collect {
namespace {

std::string read(std::string_view text, TimeForm form = {}) {
    const auto time = read_time_text(text, form);
    return time ? format_time(*time).substr(0, 19) : "none";
}

TEST(TimeText, ReadsWhatFilesInTheWildHave) {
    const std::string want = "2010-12-01T08:26:00";
    for (const std::string_view text : {"2010-12-01 08:26:00",
                                        "2010-12-01T08:26:00Z",
                                        "2010-12-01T08:26:00.000+00:00",
                                        "2010/12/1 8:26",
                                        "12/1/2010 8:26",
                                        "12/01/2010 8:26 AM",
                                        "12/1/10 8:26",
                                        "12-1-2010 08:26",
                                        "1.12.2010 8:26",
                                        "20101201 08:26",
                                        "2010年12月1日 8时26分",
                                        "2010年12月01日8:26:00",
                                        "Dec 1, 2010 08:26",
                                        "1 Dec 2010 08:26:00",
                                        "1-Dec-10 8:26",
                                        "December 1 2010, 8:26 am",
                                        "2010-12-01 09:26 +0100",
                                        "2010-12-01 08:26:00 UTC",
                                        "1291191960",
                                        "1291191960000",
                                        " 2010-12-01 08:26 "}) {
        EXPECT_EQ(read(text), want) << text;
    }
    EXPECT_EQ(read("2024年1月5日"), "2024-01-05T00:00:00");
    EXPECT_EQ(read("20240105"), "2024-01-05T00:00:00");
    EXPECT_EQ(read("12/31/2010 12:05 PM"), "2010-12-31T12:05:00");
    EXPECT_EQ(read("12/31/2010 12:05 AM"), "2010-12-31T00:05:00");
    EXPECT_EQ(read("2/29/2024"), "2024-02-29T00:00:00");
    EXPECT_EQ(*read_time_text("2010-12-01 08:26:00.123456", {}) % kSecond, 123456);
    EXPECT_EQ(*read_time_text("1291191960.5", {}) % kSecond, kSecond / 2);
}

TEST(TimeText, RefusesWhatIsNone) {
    for (const std::string_view text : {"",
                                        "soon",
                                        "2010-13-01",
                                        "2010-02-30",
                                        "13/13/2010",
                                        "2/29/2023",
                                        "2010-12-01 25:00",
                                        "2010-12-01 8",
                                        "2010-12-01 08:61",
                                        "12/1/2010 13:00 PM",
                                        "2010-12-01 08:26 +99",
                                        "12/1/201",
                                        "1/2",
                                        "85123A",
                                        "12.5.x",
                                        "2010-12-01 08:26:00 and more",
                                        "May",
                                        "--",
                                        "1e9",
                                        "2010-12-01T"}) {
        EXPECT_EQ(read(text), "none") << text;
    }
}

TEST(TimeText, TheOrderOfDayAndMonthIsGiven) {
    EXPECT_EQ(read("3/4/2010"), "2010-03-04T00:00:00");
    EXPECT_EQ(read("3/4/2010", {.day_first = true}), "2010-04-03T00:00:00");
    EXPECT_EQ(read("13/4/2010"), "none");
    EXPECT_EQ(read("3.4.2010"), "2010-04-03T00:00:00");
    DateEvidence evidence;
    EXPECT_TRUE(read_time_text("3/4/2010", {}, &evidence));
    EXPECT_TRUE(evidence.numeric && evidence.local && !evidence.day_first && !evidence.month_first);
    EXPECT_TRUE(read_time_text("13/4/2010", {}, &evidence));
    EXPECT_TRUE(evidence.day_first && !evidence.month_first);
}

TEST(TimeText, LocalTimesAreMovedByTheZoneAndOthersAreNot) {
    const ZoneRule east{.allow_local = true, .offset_minutes = 480};
    EXPECT_EQ(read("2010-12-01 08:26", {.zone = &east}), "2010-12-01T00:26:00");
    EXPECT_EQ(read("2010-12-01 08:26Z", {.zone = &east}), "2010-12-01T08:26:00");
}

Type type_of(std::initializer_list<std::string_view> texts) {
    ColumnProfile profile;
    for (const std::string_view text : texts) {
        Cell cell;
        cell.text = text;
        profile.observe(cell);
    }
    return profile.type();
}

TEST(ColumnProfile, InfersWhatAllValuesAre) {
    EXPECT_EQ(type_of({}), Type::kNull);
    EXPECT_EQ(type_of({"1", "-5", "0", "9223372036854775807"}), Type::kInt);
    EXPECT_EQ(type_of({"1", "2.5", "-1e-3", ".5"}), Type::kDouble);
    EXPECT_EQ(type_of({"true", "FALSE"}), Type::kBool);
    EXPECT_EQ(type_of({"2010-12-01", "12/1/2010 8:26"}), Type::kTime);
    EXPECT_EQ(type_of({"a", "1"}), Type::kString);
    EXPECT_EQ(type_of({"1", "true"}), Type::kString);
    EXPECT_EQ(type_of({"2010-12-01", "7"}), Type::kString);
}

TEST(ColumnProfile, CodesAreNotNumbers) {
    EXPECT_EQ(type_of({"007", "12"}), Type::kString);
    EXPECT_EQ(type_of({"9223372036854775808"}), Type::kString);
    EXPECT_EQ(type_of({"536365", "C536365"}), Type::kString);
    EXPECT_EQ(type_of({"nan", "1.5"}), Type::kString);
    EXPECT_EQ(type_of({"1e999"}), Type::kString);
    EXPECT_EQ(type_of({"+5"}), Type::kString);
}

TEST(ColumnProfile, KnowsIntegersThatWereFloats) {
    EXPECT_EQ(*whole_part("17850.0"), "17850");
    EXPECT_EQ(*whole_part("-1.00"), "-1");
    for (const std::string_view text : {"17850", "1.5", "1.", ".0", "01.0", "a.0"})
        EXPECT_FALSE(whole_part(text));
}

}  // namespace
}  // namespace volant::collect
