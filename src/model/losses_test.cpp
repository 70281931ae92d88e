#include "model/losses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/short_math.h"

namespace volant::model {
namespace {

using spec::Loss;

TEST(ShortMathTest, IsWithinABillionthOfTheTrueValue) {
    for (double x = -700; x <= 700; x += 0.0371)
        ASSERT_NEAR(short_exp(x) / std::exp(x), 1, 1e-9) << x;
    for (double x = 1e-300; x < 1e300; x *= 1.37) ASSERT_NEAR(short_log(x), std::log(x), 1e-9) << x;
    for (double x = 0.5; x < 2; x += 0.0001) ASSERT_NEAR(short_log(x), std::log(x), 1e-10) << x;
    EXPECT_EQ(short_exp(0), 1);
    EXPECT_EQ(short_log(1), 0);
}

TEST(LogLambertTest, SolvesItsEquation) {
    for (double x = -60; x < 1000; x += 0.037) {
        const double v = log_lambert(x);
        ASSERT_NEAR(std::exp(v) + v, x, 1e-7 * std::max(1.0, std::abs(x))) << x;
    }
}

// The update by the definition: very many small gradient steps.
double by_small_steps(const LossFunction& loss, double margin, double label, double scale,
                      double per_update) {
    constexpr int kSteps = 400000;
    double moved = 0;
    for (int i = 0; i < kSteps; ++i) {
        const double here = margin + moved * per_update;
        moved -= loss.gradient(loss.link(here), label) * scale / kSteps;
    }
    return moved;
}

TEST(LossFunctionTest, UpdateIsTheLimitOfSmallSteps) {
    struct Case {
        Loss loss;
        double margin, label, scale, per_update;
    };
    for (const Case c :
         {Case{Loss::kLogistic, 0, 1, 0.5, 3}, Case{Loss::kLogistic, 2, 0, 5, 7},
          Case{Loss::kLogistic, 4, 1, 0.1, 0.1}, Case{Loss::kSquared, 1, 4, 0.5, 2},
          Case{Loss::kSquared, 9, -1, 3, 0.1}, Case{Loss::kPoisson, 0.5, 3, 0.5, 1},
          Case{Loss::kPoisson, 2, 0, 0.5, 0.4}, Case{Loss::kQuantile, 1, 5, 2, 0.5}}) {
        const LossFunction loss{c.loss, 0.7};
        const double update =
            loss.update(c.margin, loss.link(c.margin), c.label, c.scale, c.per_update);
        const double expected = by_small_steps(loss, c.margin, c.label, c.scale, c.per_update);
        EXPECT_NEAR(update, expected, 2e-5 * std::max(1.0, std::abs(expected)))
            << static_cast<int>(c.loss) << " margin " << c.margin << " label " << c.label;
    }
}

TEST(LossFunctionTest, OneHeavyExampleEqualsManyLightOnes) {
    const LossFunction loss{Loss::kLogistic, 0.5};
    double margin = 0.3;
    double sum = 0;
    for (int i = 0; i < 10; ++i) {
        const double update = loss.update(margin, loss.link(margin), 1, 0.2, 2.0);
        margin += update * 2.0;
        sum += update;
    }
    EXPECT_NEAR(loss.update(0.3, loss.link(0.3), 1, 2.0, 2.0), sum, 1e-8);
}

TEST(LossFunctionTest, NoUpdateOvershootsTheLabel) {
    for (const Loss which : {Loss::kSquared, Loss::kQuantile, Loss::kPoisson}) {
        const LossFunction loss{which, 0.5};
        const double target = which == Loss::kPoisson ? std::log(5.0) : 5.0;
        for (const double scale : {1e-3, 1.0, 1e3, 1e6}) {
            const double moved = 1 + loss.update(1, loss.link(1), 5, scale, 2) * 2;
            EXPECT_LE(moved, target + 1e-9) << static_cast<int>(which) << " " << scale;
            EXPECT_GT(moved, 1);
        }
    }
}

TEST(LossFunctionTest, GradientIsTheSlopeOfTheLoss) {
    constexpr double kStep = 1e-6;
    for (const Loss which : {Loss::kLogistic, Loss::kSquared, Loss::kQuantile, Loss::kPoisson}) {
        const LossFunction loss{which, 0.3};
        // Poisson's gradient is of half the deviance.
        const double share = which == Loss::kPoisson ? 0.5 : 1;
        for (const double margin : {-2.0, -0.4, 0.7, 1.9}) {
            const double slope =
                (loss.of(loss.link(margin + kStep), 1) - loss.of(loss.link(margin - kStep), 1)) /
                (2 * kStep) * share;
            EXPECT_NEAR(loss.gradient(loss.link(margin), 1), slope, 1e-5)
                << static_cast<int>(which);
        }
    }
}

TEST(LossFunctionTest, ExtremeMarginsGiveFiniteNumbers) {
    for (const Loss which : {Loss::kLogistic, Loss::kPoisson}) {
        const LossFunction loss{which, 0.5};
        for (const double margin : {-kMarginMax, kMarginMax}) {
            for (const double label : {0.0, 1.0}) {
                const double prediction = loss.link(margin);
                EXPECT_TRUE(std::isfinite(loss.of(prediction, label)));
                EXPECT_TRUE(std::isfinite(loss.gradient(prediction, label)));
                EXPECT_TRUE(std::isfinite(loss.update(margin, prediction, label, 0.5, 1e-20)));
                EXPECT_TRUE(std::isfinite(loss.update(margin, prediction, label, 1e9, 1e6)));
            }
        }
    }
}

}  // namespace
}  // namespace volant::model
