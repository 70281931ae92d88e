#include "cli/import.h"

#include <gtest/gtest.h>

namespace volant::cli {
namespace {

TEST(ReadDelimiter, TakesOneCharacterOrAName) {
    EXPECT_EQ(*read_delimiter(";"), ';');
    EXPECT_EQ(*read_delimiter("tab"), '\t');
    EXPECT_EQ(*read_delimiter("\\t"), '\t');
    EXPECT_EQ(*read_delimiter("comma"), ',');
}

TEST(ReadDelimiter, RefusesWhatCutsNothing) {
    for (const char* text : {"", ";;", "\"", "\n"}) {
        const auto read = read_delimiter(text);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_EQ(read.error().code, Code::kUsage);
    }
}

}  // namespace
}  // namespace volant::cli
