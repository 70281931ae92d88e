#include "measure/interval.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"

namespace volant::measure {
namespace {

std::optional<double> mean_of(const std::vector<double>& values,
                              std::span<const std::uint32_t> rows) {
    double sum = 0;
    for (const std::uint32_t row : rows) sum += values[row];
    return sum / static_cast<double>(rows.size());
}

bool holds(const Interval& interval, double truth) {
    return interval.low <= truth && truth <= interval.high;
}

TEST(MeanIntervalTest, HoldsTheTruthAsOftenAsItSays) {
    Random random(1);
    int held = 0;
    for (int round = 0; round < 2000; ++round) {
        std::vector<double> values;
        for (int i = 0; i < 6; ++i) values.push_back(3 + random.normal());
        held += holds(mean_interval(values, 0.9).value(), 3) ? 1 : 0;
    }
    EXPECT_NEAR(held / 2000.0, 0.9, 0.025);
}

TEST(WilsonIntervalTest, StaysInsideZeroAndOne) {
    for (const double trials : {1.0, 10.0, 1e6}) {
        const Interval none = wilson_interval(0, trials, 0.95).value();
        const Interval all = wilson_interval(trials, trials, 0.95).value();
        EXPECT_EQ(none.low, 0);
        EXPECT_GT(none.high, 0);
        EXPECT_EQ(all.high, 1);
        EXPECT_LT(all.low, 1);
    }
    EXPECT_EQ(wilson_interval(0, 0, 0.95), std::nullopt);
    EXPECT_EQ(wilson_interval(3, 2, 0.95), std::nullopt);
}

TEST(BootstrapTest, AgreesWithTheMeansOwnIntervalAndRepeats) {
    Random random(2);
    std::vector<double> values;
    for (int i = 0; i < 300; ++i) values.push_back(random.uniform());
    const Statistic mean = [&](std::span<const std::uint32_t> rows) {
        return mean_of(values, rows);
    };
    const Interval known = mean_interval(values, 0.95).value();
    const Interval drawn = bootstrap_interval(values.size(), mean, 2000, 0.95, 7).value();
    EXPECT_NEAR(drawn.low, known.low, 0.005);
    EXPECT_NEAR(drawn.high, known.high, 0.005);
    EXPECT_NEAR(drawn.standard_error, known.standard_error, 0.002);
    EXPECT_EQ(bootstrap_interval(values.size(), mean, 2000, 0.95, 7)->low, drawn.low);
    EXPECT_NE(bootstrap_interval(values.size(), mean, 2000, 0.95, 8)->low, drawn.low);
}

TEST(BootstrapTest, ClustersWidenIt) {
    Random random(3);
    std::vector<double> values;
    std::vector<std::uint64_t> clusters;
    for (std::uint64_t cluster = 0; cluster < 30; ++cluster) {
        const double shared = random.normal();
        for (int i = 0; i < 10; ++i) {
            values.push_back(shared + 0.1 * random.normal());
            clusters.push_back(cluster);
        }
    }
    const Statistic mean = [&](std::span<const std::uint32_t> rows) {
        return mean_of(values, rows);
    };
    const Interval rows = bootstrap_interval(values.size(), mean, 500, 0.95, 1).value();
    const Interval whole = bootstrap_interval(clusters, mean, 500, 0.95, 1).value();
    EXPECT_GT(whole.standard_error, 2 * rows.standard_error);
}

TEST(BootstrapTest, SaysWhenTheStatisticDoesNotExist) {
    const Statistic never = [](std::span<const std::uint32_t>) { return std::nullopt; };
    EXPECT_EQ(bootstrap_interval(5, never, 100, 0.95, 1), std::nullopt);
    EXPECT_EQ(bootstrap_interval(0, never, 100, 0.95, 1), std::nullopt);
}

}  // namespace
}  // namespace volant::measure
