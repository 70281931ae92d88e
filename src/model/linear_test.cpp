#include "model/linear.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "core/random.h"

namespace volant::model {
namespace {

using spec::LearnerDecl;
using spec::Loss;
using spec::Optimizer;

LearnerDecl learner_of(Loss loss, Optimizer optimizer = Optimizer::kAdaptive) {
    LearnerDecl learner;
    learner.loss = loss;
    learner.optimizer = optimizer;
    if (optimizer == Optimizer::kFtrl) learner.ftrl_alpha = 0.3;
    return learner;
}

struct Example {
    std::vector<Term> terms;
    double label = 0;
};

// Three numbers, 40 categories and a constant; the truth is linear in them.
Example random_example(Random& random, Loss loss) {
    Example example;
    const double a = random.normal();
    const double b = random.normal() * 100;
    const auto category = static_cast<std::uint32_t>(random.below(40));
    const double truth = 0.8 * a - 0.01 * b + (category % 2 == 0 ? 0.7 : -0.7);
    example.terms = {{11, static_cast<float>(a)},
                     {22, static_cast<float>(b)},
                     {1000 + category * 7919, 1},
                     {33, 1}};
    switch (loss) {
        case Loss::kLogistic:
            example.label = random.chance(1 / (1 + std::exp(-truth))) ? 1 : 0;
            break;
        case Loss::kPoisson: {
            double left = std::exp(0.5 * truth);  // arrivals within a unit of time
            while ((left -= random.exponential(1)) > 0) example.label += 1;
            break;
        }
        case Loss::kSquared:
        case Loss::kQuantile:
            example.label = 3 * truth + random.normal() * 0.1;
            break;
    }
    return example;
}

double average_loss(LinearModel& model, Loss loss, int count, std::uint64_t seed) {
    Random random(seed);
    double sum = 0;
    for (int i = 0; i < count; ++i) {
        const Example example = random_example(random, loss);
        sum += model.loss(model.learn(example.terms, example.label), example.label);
    }
    return sum / count;
}

class LinearModelTest : public testing::TestWithParam<std::tuple<Loss, Optimizer>> {};

TEST_P(LinearModelTest, LearnsWhatIsThere) {
    const auto [loss, optimizer] = GetParam();
    LinearModel model(learner_of(loss, optimizer));
    const double early = average_loss(model, loss, 200, 1);
    average_loss(model, loss, 20000, 2);
    const double late = average_loss(model, loss, 2000, 3);
    EXPECT_LT(late, early * (loss == Loss::kLogistic || loss == Loss::kPoisson ? 0.93 : 0.4));
    EXPECT_EQ(model.examples(), 22200u);
}

TEST_P(LinearModelTest, LoadGivesTheSavedModelBitForBit) {
    const auto [loss, optimizer] = GetParam();
    LinearModel model(learner_of(loss, optimizer));
    average_loss(model, loss, 500, 4);
    std::string saved;
    model.save(saved);
    LinearModel loaded(learner_of(loss, optimizer));
    ASSERT_TRUE(loaded.load(saved).ok());
    const auto copy = model.clone();
    // They go on alike, and the state they come to is the same.
    const double expected = average_loss(model, loss, 500, 5);
    EXPECT_EQ(average_loss(loaded, loss, 500, 5), expected);
    EXPECT_EQ(average_loss(*copy, loss, 500, 5), expected);
    std::string after, after_loaded, after_copy;
    model.save(after);
    loaded.save(after_loaded);
    copy->save(after_copy);
    EXPECT_EQ(after, after_loaded);
    EXPECT_EQ(after, after_copy);
    EXPECT_NE(after, saved);
}

INSTANTIATE_TEST_SUITE_P(All, LinearModelTest,
                         testing::Combine(testing::Values(Loss::kLogistic, Loss::kSquared,
                                                          Loss::kQuantile, Loss::kPoisson),
                                          testing::Values(Optimizer::kAdaptive, Optimizer::kFtrl)));

TEST(LinearModelLearningTest, ScaleOfAnInputDoesNotMatter) {
    LinearModel plain(learner_of(Loss::kLogistic));
    LinearModel scaled(learner_of(Loss::kLogistic));
    Random random(6);
    for (int i = 0; i < 2000; ++i) {
        Example example = random_example(random, Loss::kLogistic);
        plain.learn(example.terms, example.label);
        const double before = plain.predict(example.terms);
        example.terms[1].value *= 4096;  // a power of two, so that rounding is the same
        scaled.learn(example.terms, example.label);
        ASSERT_NEAR(scaled.predict(example.terms), before, 1e-4);
    }
}

TEST(LinearModelLearningTest, ImportanceCountsLikeRepetition) {
    LinearModel once(learner_of(Loss::kSquared));
    LinearModel weighted(learner_of(Loss::kSquared));
    const std::vector<Term> terms = {{1, 1}, {2, 0.5f}};
    once.learn(terms, 1);
    weighted.learn(terms, 1, 50);
    EXPECT_GT(weighted.predict(terms), once.predict(terms));
    EXPECT_LE(weighted.predict(terms), 1 + 1e-6);
}

TEST(LinearModelLearningTest, L1MakesWeightsZeroAndL2MakesThemSmall) {
    const auto weights_after = [](double l1, double l2, Optimizer optimizer) {
        LearnerDecl learner = learner_of(Loss::kLogistic, optimizer);
        learner.l1 = l1;
        learner.l2 = l2;
        LinearModel model(learner);
        average_loss(model, Loss::kLogistic, 3000, 7);
        return std::abs(model.margin(std::vector<Term>{{11, 1}}));
    };
    for (const Optimizer optimizer : {Optimizer::kAdaptive, Optimizer::kFtrl}) {
        const float free = weights_after(0, 0, optimizer);
        const double strong = optimizer == Optimizer::kFtrl ? 1e5 : 1e-2;
        EXPECT_GT(free, 0.1f);
        EXPECT_EQ(weights_after(strong, 0, optimizer), 0);
        EXPECT_LT(weights_after(0, strong, optimizer), free / 2);
    }
}

TEST(LinearModelLearningTest, LabelsAreCutToWhatTheLossKnows) {
    LinearModel five(learner_of(Loss::kLogistic));
    LinearModel one(learner_of(Loss::kLogistic));
    const std::vector<Term> terms = {{1, 1}};
    five.learn(terms, 5);
    one.learn(terms, 1);
    EXPECT_EQ(five.predict(terms), one.predict(terms));
}

TEST(LinearModelLearningTest, QuantileFindsTheQuantile) {
    LearnerDecl learner = learner_of(Loss::kQuantile);
    learner.quantile = 0.9;
    LinearModel model(learner);
    Random random(8);
    const std::vector<Term> constant = {{1, 1}};
    for (int i = 0; i < 20000; ++i) model.learn(constant, random.uniform());
    EXPECT_NEAR(model.predict(constant), 0.9, 0.05);
}

TEST(LinearModelLearningTest, OtherPowersOfTheRateLearnToo) {
    LearnerDecl learner = learner_of(Loss::kLogistic);
    learner.power_t = 0.4;
    LinearModel model(learner);
    const double early = average_loss(model, Loss::kLogistic, 200, 1);
    average_loss(model, Loss::kLogistic, 5000, 2);
    EXPECT_LT(average_loss(model, Loss::kLogistic, 1000, 3), early * 0.95);
}

TEST(LinearModelLearningTest, ExtremeInputsLeaveItFinite) {
    for (const Optimizer optimizer : {Optimizer::kAdaptive, Optimizer::kFtrl}) {
        LinearModel model(learner_of(Loss::kSquared, optimizer));
        const std::vector<Term> huge = {{1, kTermMax}, {2, -kTermMax}, {3, 1e-30f}, {1, 1}};
        for (int i = 0; i < 20; ++i) model.learn(huge, i % 2 == 0 ? 1e15 : -1e15);
        EXPECT_TRUE(std::isfinite(model.predict(std::vector<Term>{{3, 1}, {2, 1}})));
    }
}

TEST(LinearModelTest, ManyMarginsAreEachMargin) {
    LinearModel model(learner_of(Loss::kLogistic));
    average_loss(model, Loss::kLogistic, 500, 9);
    Random random(10);
    std::vector<Term> all;
    std::vector<std::uint32_t> ends;
    std::vector<float> expected;
    for (int i = 0; i < 37; ++i) {
        const Example example = random_example(random, Loss::kLogistic);
        all.insert(all.end(), example.terms.begin(), example.terms.end());
        ends.push_back(static_cast<std::uint32_t>(all.size()));
        expected.push_back(model.margin(example.terms));
    }
    std::vector<float> margins(ends.size());
    model.margins(all, ends, margins);
    EXPECT_EQ(margins, expected);
}

TEST(LinearStateTest, RefusesDamagedAndForeignBytes) {
    LinearModel model(learner_of(Loss::kLogistic));
    average_loss(model, Loss::kLogistic, 50, 11);
    std::string saved;
    model.save(saved);
    const auto refused = [&](std::string_view bytes) {
        LinearModel other(learner_of(Loss::kLogistic));
        const Status status = other.load(bytes);
        EXPECT_EQ(other.examples(), 0u);
        return !status.ok() && status.error().code == Code::kCorrupt;
    };
    EXPECT_TRUE(refused(""));
    EXPECT_TRUE(refused("hello"));
    for (std::size_t size = 0; size < saved.size(); size += 7)
        EXPECT_TRUE(refused(std::string_view(saved).substr(0, size))) << size;
    EXPECT_TRUE(refused(saved + "x"));
    LinearModel squared(learner_of(Loss::kSquared));
    EXPECT_EQ(squared.load(saved).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace volant::model
