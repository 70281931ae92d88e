#include "measure/cluster_sums.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/random.h"

namespace volant::measure {
namespace {

// The formula of the header, from scratch.
double standard_error_of(const std::map<std::uint64_t, std::pair<double, double>>& clusters) {
    double y = 0, n = 0, squares = 0;
    for (const auto& [key, c] : clusters) {
        y += c.first;
        n += c.second;
    }
    for (const auto& [key, c] : clusters) squares += std::pow(c.first - y / n * c.second, 2);
    const auto count = static_cast<double>(clusters.size());
    return std::sqrt(squares * count / (count - 1)) / n;
}

TEST(ClusterSums, RunningSumsGiveTheFormula) {
    Random random(1);
    ClusterSums sums;
    std::map<std::uint64_t, std::pair<double, double>> clusters;
    for (int i = 0; i < 3000; ++i) {
        const std::uint64_t cluster = random.below(60);
        const double y = random.normal() + static_cast<double>(cluster % 5);
        sums.add(cluster, y);
        clusters[cluster].first += y;
        clusters[cluster].second += 1;
    }
    EXPECT_NEAR(sums.standard_error(), standard_error_of(clusters), 1e-9);
}

// Ninety-five of a hundred intervals should hold the truth although impressions of a subject are
// alike.
TEST(ClusterSums, IntervalsCoverWithAlikeImpressions) {
    Random random(2);
    int covered = 0, covered_as_if_alone = 0;
    constexpr int kRuns = 400;
    for (int run = 0; run < kRuns; ++run) {
        ClusterSums clustered, alone;
        std::uint64_t next = 0;
        for (std::uint64_t subject = 0; subject < 100; ++subject) {
            const double rate = random.chance(0.5) ? 0.1 : 0.5;  // mean 0.3
            for (std::uint64_t i = 0; i < 20; ++i) {
                const double y = random.chance(rate) ? 1 : 0;
                clustered.add(subject, y);
                alone.add(next++, y);
            }
        }
        const Estimate a = clustered.estimate(), b = alone.estimate();
        covered += a.low <= 0.3 && 0.3 <= a.high;
        covered_as_if_alone += b.low <= 0.3 && 0.3 <= b.high;
    }
    EXPECT_GE(covered, kRuns * 92 / 100);
    EXPECT_LE(covered_as_if_alone, kRuns * 75 / 100);  // what clustering is for
}

TEST(ClusterSums, OneSubjectSaysNothing) {
    ClusterSums sums;
    for (int i = 0; i < 100; ++i) sums.add(7, 1);
    EXPECT_EQ(sums.estimate().high, HUGE_VAL);
    EXPECT_EQ(sums.estimate().low, -HUGE_VAL);
}

TEST(ClusterSums, OneLoudSubjectAmongFewQuietOnesSaysNothing) {
    ClusterSums sums;
    for (int i = 0; i < 390; ++i) sums.add(7, 1);
    for (std::uint64_t quiet = 100; quiet < 110; ++quiet) sums.add(quiet, 1.01);
    EXPECT_LT(sums.effective_clusters(), 1.5);
    EXPECT_EQ(sums.estimate().high, HUGE_VAL);
}

TEST(ClusterSums, EqualClustersWeighAsManyAsTheyAre) {
    ClusterSums sums;
    for (int i = 0; i < 300; ++i) sums.add(static_cast<std::uint64_t>(i % 30), i % 2);
    EXPECT_NEAR(sums.effective_clusters(), 30, 1e-9);
}

TEST(ClusterSums, ASnapshotComesBackWhole) {
    ClusterSums a, b;
    Random random(3);
    for (int i = 0; i < 500; ++i) a.add(random.below(50), random.uniform());
    std::string bytes, again;
    Writer out(bytes), out_again(again);
    a.snapshot(out);
    Cursor in(bytes);
    ASSERT_TRUE(b.restore(in));
    b.snapshot(out_again);
    EXPECT_EQ(bytes, again);
    EXPECT_EQ(a.standard_error(), b.standard_error());
}

}  // namespace
}  // namespace volant::measure
