#include "core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/time.h"

namespace volant::settings {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Row kRows[] = {
    {.path = "on", .kind = Kind::kBool, .fallback = "true", .text = "A switch."},
    {.path = "count",
     .kind = Kind::kInt,
     .fallback = "5",
     .least = "1",
     .most = "10",
     .unit = "things"},
    {.path = "rate", .kind = Kind::kNumber, .least = "0"},
    {.path = "share", .kind = Kind::kShare, .fallback = "5%", .most = "50%"},
    {.path = "share.of", .kind = Kind::kString},
    {.path = "wait", .kind = Kind::kDuration, .fallback = "1h30m", .least = "1s", .most = "all"},
    {.path = "size", .kind = Kind::kSize, .fallback = "64KiB", .most = "1MiB"},
    {.path = "color",
     .kind = Kind::kChoice,
     .fallback = "green",
     .values = "red|green",
     .later = "blue"},
    {.path = "names", .kind = Kind::kList},
    {.path = "items", .kind = Kind::kMap},
    {.path = "items.*", .kind = Kind::kMap},
    {.path = "items.*.port", .kind = Kind::kInt, .fallback = "80"},
    {.path = "items.*.free", .kind = Kind::kAny},
    {.path = "soon", .kind = Kind::kMap, .text = "Comes later.", .not_yet = true},
};
constexpr Table kTable{kRows};

enum class Color { kRed, kGreen };

yaml::Node tree(std::string_view text) {
    auto parsed = yaml::parse(text, "f");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return std::move(parsed).value();
}

std::string refusal(std::string_view text) {
    const auto status = check(kTable, "f", tree(text));
    return status.ok() ? "(accepted)" : status.error().message;
}

template <class T>
T read(std::string_view text, std::string_view key, T value) {
    const yaml::Node node = tree(text);
    const Section section(kTable, "f", &node);
    const Status status = section.read(key, value);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return value;
}

TEST(Settings, ReadsEachKind) {
    EXPECT_FALSE(read("on: false", "on", true));
    EXPECT_EQ(read("count: 7", "count", 0), 7);
    EXPECT_EQ(read("count: 7 things", "count", std::uint64_t{0}), 7u);
    EXPECT_EQ(read("rate: 1.5e3", "rate", 0.0), 1500);
    EXPECT_EQ(read("share: 0.25", "share", 0.0), 0.25);
    EXPECT_EQ(read("share: 12.5%", "share", 0.0), 0.125);
    EXPECT_EQ(read("wait: 2d", "wait", Micros{0}), 2 * kDay);
    EXPECT_EQ(read("wait: all", "wait", Micros{0}), kNever);
    EXPECT_EQ(read("size: 100", "size", 0), 100);
    EXPECT_EQ(read("size: 2 KiB", "size", 0), 2048);
    EXPECT_EQ(read("size: 2kB", "size", 0), 2000);
    EXPECT_EQ(read("color: red", "color", Color::kGreen), Color::kRed);
    EXPECT_EQ(read("color: red", "color", std::string()), "red");
    EXPECT_THAT(read("names: [a, '2']", "names", std::vector<std::string>{}),
                ElementsAre("a", "2"));
    EXPECT_THAT(read("names: a", "names", std::vector<std::string>{}), ElementsAre("a"));
}

TEST(Settings, GivesTheRowsDefault) {
    EXPECT_TRUE(read("", "on", false));
    EXPECT_EQ(read("", "count", 0), 5);
    EXPECT_EQ(read("", "share", 0.0), 0.05);
    EXPECT_EQ(read("", "wait", Micros{0}), 90 * kMinute);
    EXPECT_EQ(read("", "size", 0), 65'536);
    EXPECT_EQ(read("", "color", Color::kRed), Color::kGreen);
    EXPECT_EQ(read("", "rate", 3.5), 3.5) << "no default: untouched";
}

TEST(Settings, SectionsHaveTheUsersNames) {
    const yaml::Node node = tree("items: {web.main: {port: 8080}, other: }");
    const Section items = Section(kTable, "f", &node).section("items");
    int port = 0;
    ASSERT_TRUE(items.section("web.main").read("port", port).ok());
    EXPECT_EQ(port, 8080);
    ASSERT_TRUE(items.section("other").read("port", port).ok());
    EXPECT_EQ(port, 80);
    ASSERT_TRUE(items.section("missing").read("port", port).ok());
    EXPECT_EQ(port, 80);
}

TEST(Settings, AcceptsBothFormsOfAKeyThatHasTwo) {
    EXPECT_EQ(refusal("share: 0.1"), "(accepted)");
    EXPECT_EQ(refusal("share: {of: x}"), "(accepted)");
    EXPECT_EQ(refusal("items: {a: {free: {b: [1, {c: 2}]}}}"), "(accepted)");
    EXPECT_EQ(refusal("items:"), "(accepted)");
}

TEST(Settings, RefusesInTheOrderOfTheFile) {
    EXPECT_EQ(refusal("count: 11\non: maybe"),
              "f:1:8: count: found \"11\", expected an integer from 1 to 10 (things)");
    EXPECT_EQ(refusal("count: 0"),
              "f:1:8: count: found \"0\", expected an integer from 1 to 10 (things)");
    EXPECT_EQ(refusal("rate: -0.1"),
              "f:1:7: rate: found \"-0.1\", expected a number of at least 0");
    EXPECT_EQ(refusal("share: 51%"),
              "f:1:8: share: found \"51%\", expected a share of at most 50% (such as 0.05 or 5%)");
    EXPECT_EQ(refusal("color: grene"),
              "f:1:8: color: found \"grene\", expected one of red, green; did you mean \"green\"?");
    EXPECT_EQ(refusal("color: blue"),
              "f:1:8: color: \"blue\" is not yet in this release; expected one of red, green");
    EXPECT_EQ(refusal("soon: 1"), "f:1:1: soon: not yet in this release: Comes later.");
    EXPECT_EQ(refusal("colour: red"),
              "f:1:1: colour: unknown key \"colour\"; did you mean \"color\"?");
    EXPECT_EQ(refusal("items: {a: {prot: 1}}"),
              "f:1:13: items.a.prot: unknown key \"prot\"; did you mean \"port\"?");
    EXPECT_EQ(
        refusal("count: '7'"),
        "f:1:8: count: found the string \"7\", expected an integer from 1 to 10 (things) without "
        "quotes");
    EXPECT_THAT(refusal("names: [[a]]"), HasSubstr("names[0]: found a list"));
    EXPECT_THAT(refusal("on: [true]"), HasSubstr("on: found a list, expected true or false"));
    EXPECT_THAT(refusal("count:"), HasSubstr("found nothing"));
    EXPECT_THAT(refusal("items: [a]"), HasSubstr("found a list, expected a map"));
}

TEST(Settings, ReadingChecksWhereNobodyHasChecked) {
    const yaml::Node node = tree("count: many\ncolor: [red]\nnames: {a: 1}");
    const Section section(kTable, "f", &node);
    int count = 3;
    Color color = Color::kRed;
    std::vector<std::string> names;
    EXPECT_FALSE(section.read("count", count).ok());
    EXPECT_EQ(count, 3);
    EXPECT_FALSE(section.read("color", color).ok());
    EXPECT_FALSE(section.read("names", names).ok());
}

TEST(Settings, ParsesNumbersStrictly) {
    for (const char* text : {"", " 1", "1 ", "0x10", "1_000", "+1", "1e3", "9223372036854775808"}) {
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
    }
    for (const char* text : {"", "inf", "nan", "-inf", "1e999", "1,5", "0x1p3", "1.5 "}) {
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
    }
    for (const char* text : {"", "-1", "1.5MiB", "1Mib", "9000000TiB", "KiB", "1  KiB"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
    for (const char* text : {"%", "5 %", "5%%", "inf%"})
        EXPECT_EQ(parse_share(text), std::nullopt) << text;
}

TEST(Settings, FormatsNumbersSoThatTheyComeBack) {
    for (const double number : {0.0, 0.1, -2.5, 1e300, 5e-324, 1.0 / 3, 123456789.0}) {
        EXPECT_EQ(parse_number(format_number(number)), number);
    }
}

TEST(Settings, TakesPathsApart) {
    EXPECT_EQ(parent_of("a.*.b"), "a.*");
    EXPECT_EQ(parent_of("a"), "");
    EXPECT_EQ(key_of("a.*.b"), "b");
    EXPECT_EQ(key_of("a"), "a");
    EXPECT_THAT(split_choices("a|b|c"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(split_choices(""), ElementsAre());
}

}  // namespace
}  // namespace volant::settings
