// The short way through a number's text, against the library's.
#include <gtest/gtest.h>

#include <bit>
#include <charconv>

#include "core/json_token.h"
#include "core/random.h"

namespace volant::json {
namespace {

double by_library(std::string_view text) {
    double v = 0;
    std::from_chars(text.data(), text.data() + text.size(), v);
    return v;
}

// Bits, so that -0 is not 0.
void expect_the_same(std::string_view text) {
    const PlainNumber plain = read_plain_number(text);
    if (plain.form == PlainNumber::kOther) return;
    EXPECT_TRUE(read_number_text(text).valid) << text;
    if (plain.form == PlainNumber::kInteger) {
        EXPECT_EQ(std::to_string(plain.integer), text == "-0" ? "0" : text);
    } else {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(plain.decimal),
                  std::bit_cast<std::uint64_t>(by_library(text)))
            << text;
    }
}

TEST(PlainNumber, GivesTheSameBitsAsTheLibrary) {
    Random random(3);
    for (int i = 0; i < 200'000; ++i) {
        std::string text = random.chance(0.3) ? "-" : "";
        text += std::to_string(random.next() >> random.below(64));
        if (random.chance(0.8))
            text.insert(text.size() - random.below(text.size() - text.starts_with('-')), ".");
        expect_the_same(text);
    }
}

TEST(PlainNumber, TakesTheUsualOnes) {
    for (const char* text : {"0", "-0", "7", "-12", "123456789012345678", "-0.0", "0.1", "19.95",
                             "-122.4194", "9007199254740992", "0.000000000000001"}) {
        EXPECT_NE(read_plain_number(text).form, PlainNumber::kOther) << text;
        expect_the_same(text);
    }
}

TEST(PlainNumber, LeavesTheRest) {
    for (const char* text :
         {"", "-", ".5", "5.", "01", "-01.5", "1e3", "1.5e3", "1.2.3", "0x1", "+1", "1 ", "NaN",
          "1234567890123456789", "0.9007199254740993", "true"})
        EXPECT_EQ(read_plain_number(text).form, PlainNumber::kOther) << text;
}

}  // namespace
}  // namespace volant::json
