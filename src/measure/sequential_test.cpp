#include "measure/sequential.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"
#include "measure/quantile.h"

namespace volant::measure {
namespace {

// Five even looks, two-sided 0.05: the boundaries of Lan and DeMets' O'Brien-Fleming-like spending,
// as in Jennison and Turnbull (2000) and the software that goes with Reboussin et al. (2000).
TEST(LookBoundaryTest, EqualsThePublishedBoundaries) {
    const std::vector<double> looks = {0.2, 0.4, 0.6, 0.8, 1.0};
    const std::vector<double> published = {4.8769, 3.3569, 2.6803, 2.2898, 2.0310};
    for (std::size_t k = 1; k <= looks.size(); ++k)
        EXPECT_NEAR(look_boundary(std::span(looks).first(k), 0.05), published[k - 1], 2e-3) << k;
}

TEST(LookBoundaryTest, OneLookAtTheEndIsTheOrdinaryTest) {
    const std::vector<double> end = {1};
    EXPECT_NEAR(look_boundary(end, 0.05), normal_quantile(0.975), 1e-6);
}

TEST(LookBoundaryTest, VeryEarlyLooksCannotReject) {
    const std::vector<double> early = {0.01};
    EXPECT_EQ(look_boundary(early, 0.05), INFINITY);
}

TEST(LookBoundaryTest, FalseAlarmsStayAtAlpha) {
    const std::vector<double> looks = {0.3, 0.45, 0.9, 1.0};
    std::vector<double> boundaries;
    for (std::size_t k = 1; k <= looks.size(); ++k)
        boundaries.push_back(look_boundary(std::span(looks).first(k), 0.1));
    Random random(5);
    constexpr int kRounds = 20000;
    int alarms = 0;
    for (int round = 0; round < kRounds; ++round) {
        double sum = 0;
        double before = 0;
        bool alarm = false;
        for (std::size_t k = 0; k < looks.size(); ++k) {
            sum += random.normal() * std::sqrt(looks[k] - before);
            before = looks[k];
            alarm = alarm || std::abs(sum) / std::sqrt(looks[k]) > boundaries[k];
        }
        alarms += alarm ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(alarms) / kRounds, 0.1, 0.008);
}

TEST(AlphaSpentTest, GrowsFromNothingToAlpha) {
    double before = 0;
    for (double t = 0; t <= 1.0001; t += 0.05) {
        const double spent = alpha_spent(t, 0.05);
        EXPECT_GE(spent, before);
        before = spent;
    }
    EXPECT_EQ(alpha_spent(0, 0.05), 0);
    EXPECT_EQ(alpha_spent(1, 0.05), 0.05);
    EXPECT_LT(alpha_spent(0.2, 0.05), 1e-4);
}

}  // namespace
}  // namespace volant::measure
