#include "core/base64url.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"

namespace volant {
namespace {

// RFC 4648, section 10, without the padding; and the two letters that differ from base64.
TEST(Base64url, EqualsTheStandardsExamples) {
    EXPECT_EQ(to_base64url(""), "");
    EXPECT_EQ(to_base64url("f"), "Zg");
    EXPECT_EQ(to_base64url("fo"), "Zm8");
    EXPECT_EQ(to_base64url("foo"), "Zm9v");
    EXPECT_EQ(to_base64url("foobar"), "Zm9vYmFy");
    EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
}

TEST(Base64url, BytesComeBack) {
    Random random(1);
    for (std::size_t size = 0; size < 40; ++size) {
        std::string bytes(size, '\0');
        for (char& c : bytes) c = static_cast<char>(random.next());
        std::vector<unsigned char> back(size);
        ASSERT_TRUE(from_base64url(to_base64url(bytes), back));
        EXPECT_EQ(std::string(back.begin(), back.end()), bytes);
    }
}

TEST(Base64url, RefusesOtherLengthsAndLetters) {
    std::vector<unsigned char> three(3);
    for (const std::string_view text : {"", "Zm9", "Zm9vY", "Zm9=", "Zm+v", "Zm/v", "Zm v"}) {
        EXPECT_FALSE(from_base64url(text, three)) << text;
    }
    EXPECT_FALSE(from_base64url(std::string_view("Zm9\0", 4), three));
}

}  // namespace
}  // namespace volant
