#include "deploy/explore.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace volant::deploy {
namespace {

spec::ExploreDecl epsilon(double share) {
    return {spec::ExploreDecl::Kind::kEpsilon, share, 1};
}
spec::ExploreDecl softmax(double temperature) {
    return {spec::ExploreDecl::Kind::kSoftmax, 0, temperature};
}

const std::vector<double> kScores = {0.1, 0.9, 0.5, 0.9, 0.2};

TEST(Order, WithoutExplorationIsBestFirstAndTiesByIndex) {
    const auto picks = order(kScores, 4, epsilon(0), 1);
    ASSERT_EQ(picks.size(), 4u);
    EXPECT_EQ(picks[0].index, 1u);
    EXPECT_EQ(picks[1].index, 3u);
    EXPECT_EQ(picks[2].index, 2u);
    EXPECT_EQ(picks[3].index, 4u);
    for (const Pick& pick : picks) EXPECT_EQ(pick.propensity, 1);
}

TEST(Order, GivesEachItemOnceAndNoMoreThanThereAre) {
    for (const auto& explore :
         {epsilon(0), epsilon(0.5), epsilon(1), softmax(0.1), softmax(1e-6)}) {
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            const auto picks = order(kScores, 10, explore, seed);
            std::set<std::uint32_t> seen;
            for (const Pick& pick : picks) seen.insert(pick.index);
            EXPECT_EQ(picks.size(), 5u);
            EXPECT_EQ(seen.size(), 5u);
        }
    }
    EXPECT_TRUE(order({}, 3, epsilon(1), 1).empty());
}

TEST(Order, TheSameSeedGivesTheSameOrder) {
    for (const auto& explore : {epsilon(0.5), softmax(0.3)}) {
        const auto a = order(kScores, 5, explore, 42), b = order(kScores, 5, explore, 42);
        for (std::size_t i = 0; i < a.size(); ++i) {
            EXPECT_EQ(a[i].index, b[i].index);
            EXPECT_EQ(a[i].propensity, b[i].propensity);
        }
    }
}

// What is logged as the chance must be the frequency, or every off-policy estimate is wrong.
TEST(Order, PropensitiesAreTheFrequencies) {
    constexpr int kRuns = 40'000;
    for (const auto& explore : {epsilon(0.3), epsilon(1), softmax(0.4)}) {
        std::map<std::uint32_t, int> first;
        std::map<std::uint32_t, double> claimed;
        std::map<std::pair<std::uint32_t, std::uint32_t>, int> second;
        std::map<std::pair<std::uint32_t, std::uint32_t>, double> claimed_second;
        for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
            const auto picks = order(kScores, 2, explore, seed);
            ++first[picks[0].index];
            claimed[picks[0].index] = picks[0].propensity;
            ++second[{picks[0].index, picks[1].index}];
            claimed_second[{picks[0].index, picks[1].index}] = picks[1].propensity;
        }
        for (const auto& [index, count] : first) {
            EXPECT_NEAR(count / double{kRuns}, claimed[index], 0.012) << index;
        }
        for (const auto& [pair, count] : second) {
            EXPECT_NEAR(count / double{kRuns}, claimed[pair.first] * claimed_second[pair], 0.012);
        }
    }
}

}  // namespace
}  // namespace volant::deploy
