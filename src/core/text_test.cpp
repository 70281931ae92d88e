#include "core/text.h"

#include <gtest/gtest.h>

namespace volant {
namespace {

TEST(Text, KnowsUtf8) {
    EXPECT_TRUE(valid_utf8(""));
    EXPECT_TRUE(valid_utf8("plain ascii, longer than eight bytes"));
    EXPECT_TRUE(valid_utf8("eightbyt\xe8\xaf\xbb\xf0\x9f\x98\x80"));
    EXPECT_TRUE(valid_utf8(std::string_view("a\0b", 3)));
    EXPECT_TRUE(valid_utf8("\xf4\x8f\xbf\xbf"));
    for (const std::string_view bad :
         {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe8\xaf",
          "\xe8\xaf"
          "a",
          "12345678\xc3"}) {
        EXPECT_FALSE(valid_utf8(bad)) << bad.size();
    }
}

TEST(Text, SameTextIsEqual) {
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string a(size, 'x');
        EXPECT_TRUE(same_text(a, std::string(size, 'x'))) << size;
        EXPECT_FALSE(same_text(a, a + "x")) << size;
        for (std::size_t at = 0; at < size; ++at) {
            std::string b = a;
            b[at] = 'y';
            EXPECT_FALSE(same_text(a, b)) << size << " " << at;
        }
    }
}

TEST(Text, CutsBetweenCharacters) {
    EXPECT_EQ(utf8_prefix("abc", 5), "abc");
    EXPECT_EQ(utf8_prefix("ab读", 4), "ab");
    EXPECT_EQ(utf8_prefix("ab读c", 5), "ab读");
    EXPECT_EQ(utf8_prefix("读", 0), "");
}

TEST(Text, FoldsAsciiOnly) {
    EXPECT_TRUE(equal_ignoring_case("Content-TYPE", "content-type"));
    EXPECT_FALSE(equal_ignoring_case("É", "é"));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
    EXPECT_EQ(to_lower_ascii("GB18030-Z"), "gb18030-z");
}

TEST(Text, TrimsBothEnds) {
    EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
    EXPECT_EQ(trimmed("  "), "");
}

}  // namespace
}  // namespace volant
