#include "api/percent.h"

#include <gtest/gtest.h>

namespace volant::api {
namespace {

TEST(Percent, EveryByteComesBack) {
    for (const std::string& text :
         {std::string(""), std::string("a/b c"), std::string("book:7+1"),
          std::string("\xe4\xb9\xa6"), std::string("100%"), std::string("~-._"),
          std::string("\x01\x7f"), std::string("a\0b", 3)}) {
        const auto back = percent_decode(percent_encode(text));
        ASSERT_TRUE(back.ok());
        EXPECT_EQ(*back, text);
    }
    EXPECT_EQ(percent_encode("a/b \xe4"), "a%2Fb%20%E4");
}

TEST(Percent, APlusIsASpaceInAQueryOnly) {
    EXPECT_EQ(*percent_decode("a+b%2B"), "a+b+");
    EXPECT_EQ(*percent_decode("a+b%2B", PlusRule::kSpace), "a b+");
}

TEST(Percent, RefusesWhatIsNoText) {
    for (const char* text : {"%", "%2", "%g0", "%0g"}) {
        EXPECT_EQ(percent_decode(text).error().code, Code::kUsage) << text;
    }
    for (const char* text : {"%ff", "%c0%80", "%ed%a0%80", "%e4%b9"}) {
        EXPECT_EQ(percent_decode(text).error().code, Code::kInvalidUtf8) << text;
    }
}

}  // namespace
}  // namespace volant::api
