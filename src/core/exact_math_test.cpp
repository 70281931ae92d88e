#include "core/exact_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/random.h"

namespace volant::exact {
namespace {

// |got - want| in units of the last place of `want` (long double is the reference).
double ulps(double got, long double want) {
    const auto rounded = static_cast<double>(want);
    if (got == rounded) return 0;
    const double unit = std::nextafter(std::fabs(rounded), HUGE_VAL) - std::fabs(rounded);
    return static_cast<double>(std::fabs((static_cast<long double>(got) - want) / unit));
}

TEST(ExactMath, ExpAndLogLieWithinTwoUlps) {
    Random random(1);
    double worst_exp = 0, worst_log = 0, worst_log1p = 0;
    for (int i = 0; i < 200'000; ++i) {
        const double x = (random.uniform() - 0.5) * (i % 2 ? 1400 : 4);
        worst_exp = std::max(worst_exp, ulps(exp(x), std::exp(static_cast<long double>(x))));
        const double y = std::exp((random.uniform() - 0.5) * (i % 2 ? 1400 : 2));
        worst_log = std::max(worst_log, ulps(log(y), std::log(static_cast<long double>(y))));
        const double z = i % 2 ? random.uniform() * 2 - 0.95 : (random.uniform() - 0.5) * 1e-6;
        worst_log1p =
            std::max(worst_log1p, ulps(log1p(z), std::log1p(static_cast<long double>(z))));
    }
    EXPECT_LE(worst_exp, 2);
    EXPECT_LE(worst_log, 2);
    EXPECT_LE(worst_log1p, 2);
}

TEST(ExactMath, TanhAndSigmoidAreClose) {
    Random random(2);
    double worst_tanh = 0, worst_sigmoid = 0;
    for (int i = 0; i < 200'000; ++i) {
        const double x = (random.uniform() - 0.5) * (i % 2 ? 50 : 1);
        worst_tanh = std::max(worst_tanh, ulps(tanh(x), std::tanh(static_cast<long double>(x))));
        worst_sigmoid = std::max(
            worst_sigmoid, ulps(sigmoid(x), 1 / (1 + std::exp(-static_cast<long double>(x)))));
    }
    EXPECT_LE(worst_tanh, 3);
    EXPECT_LE(worst_sigmoid, 3);
}

TEST(ExactMath, EdgesAreRight) {
    EXPECT_EQ(exp(0), 1);
    EXPECT_EQ(exp(-800), 0);
    EXPECT_EQ(exp(800), HUGE_VAL);
    EXPECT_GT(exp(-745), 0);  // subnormal
    EXPECT_EQ(log(1), 0);
    EXPECT_EQ(log(0), -HUGE_VAL);
    EXPECT_TRUE(std::isnan(log(-1)));
    EXPECT_EQ(log1p(0), 0);
    EXPECT_EQ(tanh(100), 1);
    EXPECT_EQ(sigmoid(-1000), 0);
    EXPECT_EQ(sigmoid(1000), 1);
    EXPECT_TRUE(std::isnan(exp(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace
}  // namespace volant::exact
