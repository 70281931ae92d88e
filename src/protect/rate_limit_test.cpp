#include "protect/rate_limit.h"

#include <gtest/gtest.h>

namespace volant::protect {
namespace {

TEST(RateLimit, GrantsABurstAndThenARate) {
    RateLimit limit({.per_second = 2, .burst = 3});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take("a", 0), 0);
    EXPECT_EQ(limit.take("a", 0), kSecond / 2);
    EXPECT_EQ(limit.take("a", kSecond / 4), kSecond / 4);
    EXPECT_EQ(limit.take("a", kSecond / 2), 0);
    EXPECT_GT(limit.take("a", kSecond / 2), 0);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.take("a", 100 * kSecond), 0);
    EXPECT_GT(limit.take("a", 100 * kSecond), 0);
}

TEST(RateLimit, CallersDoNotPayForEachOther) {
    RateLimit limit({.per_second = 1, .burst = 1});
    EXPECT_EQ(limit.take("a", 0), 0);
    EXPECT_GT(limit.take("a", 0), 0);
    EXPECT_EQ(limit.take("b", 0), 0);
}

TEST(RateLimit, AClockThatStandsStillGrantsNothing) {
    RateLimit limit({.per_second = 1, .burst = 1});
    EXPECT_EQ(limit.take("a", 5 * kSecond), 0);
    EXPECT_GT(limit.take("a", 4 * kSecond), 0);
}

TEST(RateLimit, OffGrantsEverythingAndRemembersNobody) {
    RateLimit limit({});
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.take("a", 0), 0);
    EXPECT_EQ(limit.size(), 0u);
}

TEST(RateLimit, RemembersABoundedNumberOfCallers) {
    RateLimit limit({.per_second = 1, .burst = 1});
    for (int i = 0; i < 50'000; ++i) EXPECT_EQ(limit.take("caller " + std::to_string(i), 0), 0);
    EXPECT_LE(limit.size(), RateLimit::kBucketsMax);
    EXPECT_GT(limit.size(), RateLimit::kBucketsMax / 2);
    EXPECT_GT(limit.take("caller 49999", 0), 0);
}

}  // namespace
}  // namespace volant::protect
