#include "measure/quantile.h"

#include <gtest/gtest.h>

#include <cmath>

namespace volant::measure {
namespace {

// Values of scipy.stats.norm.ppf.
TEST(NormalQuantile, EqualsTheReference) {
    EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-14);
    EXPECT_NEAR(normal_quantile(0.95), 1.6448536269514722, 1e-14);
    EXPECT_NEAR(normal_quantile(0.5), 0, 1e-16);
    EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 1e-14);
    EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-13);
    EXPECT_NEAR(normal_quantile(1e-300), -37.0470964, 1e-6);
}

// The distribution function (by erfc) takes every quantile back to its probability.
TEST(NormalQuantile, IsTheInverseOfTheDistribution) {
    for (double p = 1e-12; p < 1; p = p < 0.01 ? p * 3 : p + 0.0037) {
        EXPECT_NEAR(0.5 * std::erfc(-normal_quantile(p) / std::sqrt(2.0)) / p, 1, 1e-12) << p;
    }
}

TEST(NormalQuantile, HasNoValueOutsideTheProbabilities) {
    EXPECT_TRUE(std::isnan(normal_quantile(-0.1)));
    EXPECT_TRUE(std::isnan(normal_quantile(1.1)));
    EXPECT_EQ(normal_quantile(1), HUGE_VAL);
}

}  // namespace
}  // namespace volant::measure
