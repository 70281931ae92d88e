#include "core/nearest.h"

#include <gtest/gtest.h>

namespace volant {
namespace {

constexpr std::string_view kKeys[] = {"explore", "holdback", "retrain", "gate", "k"};

TEST(Nearest, FindsTheNameWithTheFewestEdits) {
    EXPECT_EQ(nearest("explor", kKeys), "explore");
    EXPECT_EQ(nearest("holdbcak", kKeys), "holdback");
    EXPECT_EQ(nearest("gaet", kKeys), "gate");
    EXPECT_EQ(nearest("RETRAIN", kKeys), "retrain");
}

TEST(Nearest, CountsASwapOfNeighboursAsOneEdit) {
    constexpr std::string_view names[] = {"ab", "abcd"};
    EXPECT_EQ(nearest("acbd", names), "abcd");
}

TEST(Nearest, GivesTheFirstOfSeveral) {
    constexpr std::string_view names[] = {"rank", "rang"};
    EXPECT_EQ(nearest("rand", names), "rank");
}

TEST(Nearest, GivesNoneWhenNothingIsAlike) {
    EXPECT_EQ(nearest("sandwich", kKeys), std::nullopt);
    EXPECT_EQ(nearest("", kKeys), std::nullopt);
    EXPECT_EQ(nearest("x", kKeys), std::nullopt);
    EXPECT_EQ(nearest("explore", {}), std::nullopt);
    EXPECT_EQ(nearest(std::string(10'000, 'a'), kKeys), std::nullopt);
}

TEST(Nearest, SpeaksOnlyWhenItHasFoundOne) {
    EXPECT_EQ(did_you_mean("explor", kKeys), "; did you mean \"explore\"?");
    EXPECT_EQ(did_you_mean("sandwich", kKeys), "");
}

TEST(Nearest, HintsNameTheNearestOrAll) {
    EXPECT_EQ(name_hint("explor", kKeys), "did you mean \"explore\"?");
    EXPECT_EQ(name_hint("sandwich", kKeys), "known here: explore, holdback, retrain, gate, k");
    EXPECT_EQ(name_hint("sandwich", {}), "no names are known here");
}

}  // namespace
}  // namespace volant
