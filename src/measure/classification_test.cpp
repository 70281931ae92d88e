#include "measure/classification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"

namespace volant::measure {
namespace {

struct Data {
    std::vector<double> scores;
    std::vector<double> labels;
};

Data random_data(Random& random, std::size_t rows, std::uint64_t distinct) {
    Data data;
    for (std::size_t i = 0; i < rows; ++i) {
        data.scores.push_back(static_cast<double>(random.below(distinct)) /
                              static_cast<double>(distinct));
        data.labels.push_back(random.chance(0.4) ? 1 : 0);
    }
    return data;
}

// By the definition: all pairs.
double auc_by_pairs(const Data& data) {
    double won = 0;
    double pairs = 0;
    for (std::size_t i = 0; i < data.scores.size(); ++i) {
        for (std::size_t k = 0; k < data.scores.size(); ++k) {
            if (data.labels[i] != 1 || data.labels[k] != 0) continue;
            pairs += 1;
            won += data.scores[i] > data.scores[k] ? 1 : data.scores[i] == data.scores[k] ? 0.5 : 0;
        }
    }
    return won / pairs;
}

TEST(AucTest, EqualsTheShareOfPairsWonWithTies) {
    Random random(1);
    for (int round = 0; round < 50; ++round) {
        const Data data = random_data(random, 60, 1 + random.below(20));
        const auto area = auc(data.scores, data.labels);
        if (!area) continue;
        EXPECT_EQ(*area, auc_by_pairs(data));
    }
}

TEST(AucTest, TurnsRoundWhenTheScoresDo) {
    Random random(2);
    Data data = random_data(random, 200, 30);
    const double area = auc(data.scores, data.labels).value();
    for (double& score : data.scores) score = -score;
    EXPECT_DOUBLE_EQ(auc(data.scores, data.labels).value(), 1 - area);
}

TEST(ClassificationTest, DoesNotDependOnTheOrderOfRows) {
    Random random(3);
    Data data = random_data(random, 100, 15);
    Data turned = data;
    std::ranges::reverse(turned.scores);
    std::ranges::reverse(turned.labels);
    for (const auto metric : {auc, gini, auc_pr, ks, log_loss, brier})
        EXPECT_DOUBLE_EQ(metric(data.scores, data.labels).value(),
                         metric(turned.scores, turned.labels).value());
}

TEST(ClassificationTest, PerfectAndUselessScores) {
    const std::vector<double> labels = {0, 0, 1, 1};
    const std::vector<double> right = {0.1, 0.2, 0.8, 0.9};
    const std::vector<double> same = {0.5, 0.5, 0.5, 0.5};
    EXPECT_EQ(auc(right, labels), 1);
    EXPECT_EQ(auc_pr(right, labels), 1);
    EXPECT_EQ(ks(right, labels), 1);
    EXPECT_EQ(f1(right, labels), 1);
    EXPECT_EQ(auc(same, labels), 0.5);
    EXPECT_EQ(auc_pr(same, labels), 0.5);
    EXPECT_EQ(ks(same, labels), 0);
    EXPECT_EQ(ece(same, labels), 0);
}

TEST(ClassificationTest, SaysWhenThereIsNoNumber) {
    const std::vector<double> none;
    const std::vector<double> scores = {0.1, 0.9};
    const std::vector<double> negative = {0, 0};
    for (const auto metric : {auc, gini, auc_pr, ks, log_loss, brier})
        EXPECT_EQ(metric(none, none), std::nullopt);
    EXPECT_EQ(auc(scores, negative), std::nullopt);
    EXPECT_EQ(auc_pr(scores, negative), std::nullopt);
    EXPECT_EQ(f1(negative, negative), 0);
}

TEST(ClassificationTest, LabelsThatAreNoClassesAreTakenByTheirSide) {
    const std::vector<double> labels = {0, 0.2, 3, 0.9};
    const std::vector<double> scores = {0.1, 0.2, 0.8, 0.9};
    EXPECT_EQ(auc(scores, labels), 1);
    const std::vector<double> half = {0.5};
    EXPECT_NEAR(log_loss(half, half).value(), 0.6931, 1e-4);
}

TEST(ClassificationTest, CertainAndWrongCostsMuchButNotInfinity) {
    const std::vector<double> labels = {0};
    const std::vector<double> certain = {1};
    EXPECT_NEAR(log_loss(certain, labels).value(), 34.5, 0.1);
}

}  // namespace
}  // namespace volant::measure
