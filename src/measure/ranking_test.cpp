#include "measure/ranking.h"

#include <gtest/gtest.h>

#include <vector>

namespace volant::measure {
namespace {

using Relevance = std::vector<double>;

TEST(RankingTest, TheBestOrderScoresOne) {
    const Relevance best = {3, 2, 1, 0, 0};
    for (const std::size_t k : {1u, 3u, 10u}) {
        EXPECT_EQ(ndcg(best, k), 1);
        EXPECT_EQ(average_precision(best, k), 1);
    }
    EXPECT_EQ(recall(best, 3), 1);
}

TEST(RankingTest, LaterIsWorse) {
    EXPECT_GT(ndcg(Relevance{0, 1, 0}, 3), ndcg(Relevance{0, 0, 1}, 3));
    EXPECT_GT(average_precision(Relevance{0, 1, 0}, 3), average_precision(Relevance{0, 0, 1}, 3));
    EXPECT_EQ(ndcg(Relevance{0, 0, 1}, 2), 0);
}

TEST(RankingTest, RelevantItemsThatWereNotRankedCount) {
    EXPECT_EQ(recall(Relevance{1, 0}, 2, 4), 0.25);
    EXPECT_EQ(average_precision(Relevance{1, 0}, 2, 4), 0.5);
}

TEST(RankingTest, NothingRelevantIsNoScore) {
    EXPECT_EQ(ndcg(Relevance{0, 0}, 2), std::nullopt);
    EXPECT_EQ(recall(Relevance{}, 2), std::nullopt);
    EXPECT_EQ(average_precision(Relevance{0}, 2), std::nullopt);
    EXPECT_EQ(ndcg(Relevance{1}, 0), std::nullopt);
}

}  // namespace
}  // namespace volant::measure
