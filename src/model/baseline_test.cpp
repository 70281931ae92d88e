#include "model/baseline.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace volant::model {
namespace {

TEST(Baseline, StartsAtOneHalfAndFollowsTheMean) {
    Baseline baseline(10);
    EXPECT_DOUBLE_EQ(baseline.predict("", 0), 0.5);
    for (int i = 0; i < 99; ++i) baseline.observe("", 0, i % 3 == 0 ? 1 : 0);
    EXPECT_DOUBLE_EQ(baseline.predict("", 0), 33.5 / 100);
}

// Two items that users like equally, one always on top: places differ, popularity must not.
TEST(Baseline, AnItemIsNotPopularForItsPlace) {
    Baseline baseline(10);
    Random random(1);
    for (int i = 0; i < 20'000; ++i) {
        baseline.observe("top", 0, random.chance(0.4) ? 1 : 0);
        baseline.observe("low", 5, random.chance(0.1) ? 1 : 0);
        for (std::size_t place : {0, 5})
            baseline.observe("other" + std::to_string(i % 5), place,
                             random.chance(place == 0 ? 0.4 : 0.1));
    }
    EXPECT_NEAR(baseline.predict("top", 0), baseline.predict("low", 0), 0.03);
    EXPECT_GT(baseline.predict("top", 0), 2 * baseline.predict("top", 5));
}

TEST(Baseline, WhatComesByItselfOrdersWhatWasNeverShown) {
    Baseline baseline(10);
    for (int i = 0; i < 30; ++i) baseline.alone("hot");
    for (int i = 0; i < 5; ++i) baseline.alone("warm");
    EXPECT_GT(baseline.predict("hot", 0), baseline.predict("warm", 0));
    EXPECT_GT(baseline.predict("warm", 0), baseline.predict("cold", 0));
    EXPECT_LT(baseline.predict("hot", 0), 1);
    EXPECT_GT(baseline.predict("cold", 0), 0);
}

// A prior and no more: what was shown often speaks for itself.
TEST(Baseline, WhatWasShownOutweighsWhatCameByItself) {
    Baseline baseline(10);
    for (int i = 0; i < 100; ++i) baseline.alone("hot");
    baseline.alone("cold");
    for (int i = 0; i < 1'000; ++i) {
        baseline.observe("hot", 0, i % 10 == 0 ? 1 : 0);
        baseline.observe("cold", 0, i % 4 == 0 ? 1 : 0);
    }
    EXPECT_GT(baseline.predict("cold", 0), baseline.predict("hot", 0));
}

TEST(Baseline, InAClosedLoopAnItemThatIsShownLittleScoresAsAverage) {
    Baseline baseline(10);
    for (int i = 0; i < 1'000; ++i) baseline.observe("often", 0, i % 5 == 0 ? 1 : 0);
    EXPECT_NEAR(baseline.predict("never", 0), baseline.predict("often", 0), 0.01);
}

TEST(Baseline, PastItsBoundNewItemsScoreAsAverage) {
    Baseline baseline(1);
    baseline.observe("known", 0, 1);
    baseline.observe("new", 0, 1);
    EXPECT_GT(baseline.predict("known", 0), baseline.predict("new", 0));
    EXPECT_EQ(baseline.predict("new", 0), baseline.predict("unseen", 0));
}

TEST(Baseline, ASnapshotGoesOnAsTheOriginal) {
    Baseline a(100), b(100);
    Random random(2);
    const auto step = [&](Baseline& x, Random r) {
        for (int i = 0; i < 500; ++i)
            if (r.chance(0.3)) {
                x.alone("i" + std::to_string(r.below(60)));
            } else {
                x.observe("i" + std::to_string(r.below(40)), r.below(40), r.chance(0.2));
            }
    };
    step(a, Random(5));
    std::string bytes;
    a.snapshot(bytes);
    ASSERT_TRUE(b.restore(bytes).ok());
    step(a, Random(6));
    step(b, Random(6));
    std::string left, right;
    a.snapshot(left);
    b.snapshot(right);
    EXPECT_EQ(left, right);
    EXPECT_FALSE(b.restore(std::string_view(bytes).substr(0, bytes.size() - 1)).ok());
}

}  // namespace
}  // namespace volant::model
