#include "core/ndjson.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace volant {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    NdjsonLines reader(text);
    std::string_view line;
    while (reader.next(line))
        lines.push_back(std::to_string(reader.number()) + ":" + std::string(line));
    return lines;
}

using Lines = std::vector<std::string>;

TEST(Ndjson, SplitsAtLfAndCrLf) {
    EXPECT_EQ(lines_of("{}\n[1]\r\n5\n"), (Lines{"1:{}", "2:[1]", "3:5"}));
}

TEST(Ndjson, TheLastLineNeedsNoEnd) {
    EXPECT_EQ(lines_of("{}\n{\"a\":1}"), (Lines{"1:{}", "2:{\"a\":1}"}));
    EXPECT_EQ(lines_of("{}\r"), (Lines{"1:{}"}));
}

TEST(Ndjson, PassesOverBlankLinesAndAByteOrderMark) {
    EXPECT_EQ(lines_of("\xef\xbb\xbf\n\r\n  \t\n{}\n\n\n"), (Lines{"4:{}"}));
    EXPECT_EQ(lines_of(""), Lines{});
}

}  // namespace
}  // namespace volant
