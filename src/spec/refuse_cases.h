// What the tests of refusals share: a shop whose file goes on with the case, and the message of
// what is refused. Tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "spec/spec.h"

namespace volant::spec::testing {

// Lines 1 to 12, of which every case below is the rest.
inline constexpr std::string_view kShop =
    "subject: user\n"
    "entities:\n"
    "  user: {city: category}\n"
    "  book: {category: string}\n"
    "  cart: {}\n"
    "events:\n"
    "  open: {user: id, book: id}\n"
    "  read: {user: id, book: id, ms: int, device: string, at: time, place: point, x: any, ok: "
    "bool}\n"
    "  visit: {user: id}\n"
    "features:\n"
    "  user.reads: {count: read, by: user}\n"
    "  book.reads: {count: read, by: book}\n";

inline std::string refusal(std::string_view text) {
    const auto parsed = parse_spec(text);
    if (parsed.ok()) return "(accepted)";
    EXPECT_EQ(parsed.error().code, Code::kInvalidSpec);
    EXPECT_THAT(parsed.error().message, ::testing::StartsWith("volant.yaml:"));
    return parsed.error().message;
}

struct Case {
    const char* text;
    const char* message;
};

// Shown when a test fails, and used in its name by number only.
inline void PrintTo(const Case& tested, std::ostream* out) {
    *out << tested.text;
}

}  // namespace volant::spec::testing
