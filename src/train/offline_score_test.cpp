#include "train/offline_score.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "spec/spec.h"

namespace volant::train {
namespace {

spec::ModelDecl yes_or_no() {
    return spec::parse_spec(
               "entities: {user: {}}\nmodels: {m: {decide: {classify: user}, inputs: {x: int}}}")
        ->models[0];
}

struct Rows {
    int count = 2000;
    std::uint64_t clusters = 2000;
    double difference = 1;  // of the two classes' mean scores
};

const model::Score* find(const std::vector<model::Score>& scores, std::string_view name) {
    for (const model::Score& score : scores)
        if (score.name == name) return &score;
    return nullptr;
}

std::vector<model::Score> scores_of(const Rows& rows, std::uint64_t seed) {
    const spec::ModelDecl model = yes_or_no();
    OfflineScore offline(model);
    Random random(seed);
    for (int i = 0; i < rows.count; ++i) {
        Example example;
        example.label = random.uniform() < 0.3 ? 1 : 0;
        example.cluster = static_cast<std::uint64_t>(i) % rows.clusters;
        example.baseline = 0.3f;
        const double score =
            1 / (1 + std::exp(-(random.normal() + rows.difference * example.label)));
        offline.add(example, score, std::fabs(example.label - score), 0.5);
    }
    return offline.scores();
}

// Hanley and McNeil 1982, of independent rows.
double standard_error(double auc, double positives, double negatives) {
    const double q1 = auc / (2 - auc), q2 = 2 * auc * auc / (1 + auc);
    return std::sqrt((auc * (1 - auc) + (positives - 1) * (q1 - auc * auc) +
                      (negatives - 1) * (q2 - auc * auc)) /
                     (positives * negatives));
}

TEST(OfflineScore, TheIntervalOfIndependentRowsIsThatOfTheory) {
    for (const double difference : {0.0, 0.5, 1.5}) {
        const auto scores = scores_of({.difference = difference}, 1);
        const model::Score* auc = find(scores, "auc");
        ASSERT_NE(auc, nullptr);
        const double half = 1.96 * standard_error(auc->value, 0.3 * 2000, 0.7 * 2000);
        EXPECT_NEAR((auc->high - auc->low) / 2, half, 0.3 * half) << difference;
        EXPECT_LT(auc->low, auc->value);
        EXPECT_GT(auc->high, auc->value);
    }
}

TEST(OfflineScore, TheIntervalCoversWhatIsTrue) {
    constexpr int kSeeds = 100;
    int covered = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        const auto scores = scores_of({.count = 500, .clusters = 500, .difference = 0}, seed);
        const model::Score* auc = find(scores, "auc");
        ASSERT_NE(auc, nullptr);
        covered += auc->low <= 0.5 && 0.5 <= auc->high;
    }
    EXPECT_GE(covered, 88);  // 95 expected, three standard deviations of luck
}

TEST(OfflineScore, RowsThatHangTogetherSayLess) {
    const auto apart = scores_of({}, 1);
    const auto together = scores_of({.clusters = 10}, 1);
    const model::Score *wide = find(together, "auc"), *narrow = find(apart, "auc");
    ASSERT_TRUE(wide != nullptr && narrow != nullptr);
    EXPECT_EQ(wide->value, narrow->value);
    EXPECT_TRUE(std::isfinite(wide->high));
}

TEST(OfflineScore, OfOneSubjectAloneNothingIsKnownOfChance) {
    for (const model::Score& score : scores_of({.clusters = 1}, 1)) {
        EXPECT_TRUE(std::isfinite(score.value)) << score.name;
        EXPECT_EQ(score.low, -INFINITY) << score.name;
        EXPECT_EQ(score.high, INFINITY) << score.name;
    }
}

TEST(OfflineScore, WithoutBothClassesThereIsNoAuc) {
    const spec::ModelDecl model = yes_or_no();
    OfflineScore offline(model);
    for (std::uint64_t i = 0; i < 50; ++i) {
        Example example;
        example.label = 1;
        example.cluster = i;
        offline.add(example, 0.5, 0.5, 0.5);
    }
    EXPECT_EQ(find(offline.scores(), "auc"), nullptr);
}

}  // namespace
}  // namespace volant::train
