#include "cli/simulation/scoreboard.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace volant::cli::simulation {
namespace {

// Readers with their own open rates around `rate`: showings of one reader are alike.
Tally sample(Random& random, std::uint32_t first_reader, double rate) {
    Tally tally;
    for (std::uint32_t i = 0; i < 60; ++i) {
        const double own = rate * 2 * random.uniform();
        const auto shown = static_cast<std::uint32_t>(20 + random.below(80));
        std::uint32_t opened = 0;
        for (std::uint32_t n = 0; n < shown; ++n) opened += random.chance(own);
        tally.add(first_reader + i, shown, opened);
    }
    return tally;
}

TEST(Tally, CountsByReader) {
    Tally tally;
    tally.add(3, 10, 1);
    tally.add(3, 10, 2);
    tally.add(5, 10, 0);
    EXPECT_EQ(tally.shown(), 30u);
    EXPECT_EQ(tally.opened(), 3u);
    EXPECT_EQ(tally.cells()[3].opened, 3u);
    EXPECT_NEAR(tally.rate()->mean, 0.1, 1e-12);
}

TEST(Tally, OneReaderGivesNoInterval) {
    Tally tally;
    EXPECT_FALSE(tally.rate());
    tally.add(0, 100, 10);
    EXPECT_FALSE(tally.rate());
}

TEST(Tally, IntervalIsWiderThanIndependentShowingsWouldGive) {
    Random random(3);
    const Tally tally = sample(random, 0, 0.2);
    const auto rate = tally.rate();
    const double n = static_cast<double>(tally.shown());
    const double naive = 1.96 * std::sqrt(rate->mean * (1 - rate->mean) / n);
    EXPECT_GT(rate->high - rate->mean, 1.3 * naive);
}

TEST(Tally, IntervalCoversTheTruthNineteenTimesOfTwenty) {
    int covered = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Random random(seed);
        const auto rate = sample(random, 0, 0.2).rate();
        covered += rate->low <= 0.2 && 0.2 <= rate->high;
    }
    EXPECT_GE(covered, 400 * 0.91);
    EXPECT_LE(covered, 400 * 0.985);
}

TEST(Lift, CoversTheTruthNineteenTimesOfTwenty) {
    int covered = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Random random(seed);
        const Tally a = sample(random, 0, 0.3);
        const auto ratio = lift(a, sample(random, 1000, 0.2));
        covered += ratio->low <= 1.5 && 1.5 <= ratio->high;
    }
    EXPECT_GE(covered, 400 * 0.91);
    EXPECT_LE(covered, 400 * 0.985);
}

TEST(Lift, OfATallyOverItselfIsExactlyOne) {
    Random random(1);
    const Tally tally = sample(random, 0, 0.2);
    const auto ratio = lift(tally, tally);
    EXPECT_DOUBLE_EQ(ratio->mean, 1);
    EXPECT_DOUBLE_EQ(ratio->low, 1);
}

TEST(Lift, NothingWithoutOpens) {
    Tally a, b;
    a.add(0, 10, 1);
    a.add(1, 10, 1);
    b.add(2, 10, 0);
    EXPECT_FALSE(lift(a, b));
}

TEST(Scoreboard, AnotherVersionOrDayBeginsATurn) {
    Scoreboard board;
    board.add(1, 0, Arm::kPopularity, 0, 10, 1, 3);
    board.add(2, 1, Arm::kLearned, 1, 10, 2, 3);
    board.add(3, 2, Arm::kPopularity, 0, 10, 1, 3);
    board.add(4, 1, Arm::kLearned, 2, 10, 3, 3);
    board.add(kDay + 1, 2, Arm::kRandom, 0, 10, 0, 3);
    ASSERT_EQ(board.turns().size(), 4u);
    EXPECT_EQ(board.turns()[0].version, 0);
    EXPECT_EQ(board.turns()[1].version, 1);
    EXPECT_EQ(board.turns()[1].start, 2);
    EXPECT_EQ(board.turns()[1].arm(Arm::kPopularity).shown(), 10u);
    EXPECT_EQ(board.turns()[2].arm(Arm::kLearned).opened(), 3u);
    EXPECT_EQ(board.turns()[3].version, 2);  // still serves, whoever is asked first that day
    EXPECT_EQ(board.turns()[3].arm(Arm::kRandom).shown(), 10u);
}

TEST(Scoreboard, TotalLeavesOutWhatCameBeforeTheFirstVersion) {
    Scoreboard board;
    EXPECT_FALSE(board.learned());
    board.add(1, 0, Arm::kPopularity, 0, 10, 1, 3);
    EXPECT_EQ(board.total().arm(Arm::kPopularity).shown(), 10u);
    EXPECT_FALSE(board.learned());
    board.add(2, 1, Arm::kLearned, 1, 10, 2, 3);
    board.add(3, 2, Arm::kPopularity, 0, 20, 1, 4);
    EXPECT_TRUE(board.learned());
    EXPECT_EQ(board.total().arm(Arm::kPopularity).shown(), 20u);
    EXPECT_DOUBLE_EQ(board.total().optimum(), 7.0 / 30);
}

TEST(Scoreboard, OldTurnsAreJoinedAndNothingIsLostOrMixed) {
    Scoreboard board;
    for (int day = 0; day < 3; ++day) board.add(day * kDay + 1, 0, Arm::kPopularity, 0, 10, 2, 1);
    for (int day = 3; day < 200; ++day) board.add(day * kDay + 1, 0, Arm::kLearned, day, 10, 1, 1);
    EXPECT_EQ(board.turns().size(), Scoreboard::kTurnsMax);
    EXPECT_EQ(board.turns()[0].arm(Arm::kPopularity).opened(), 6u);
    EXPECT_EQ(board.turns()[0].arm(Arm::kLearned).shown(), 0u);
    EXPECT_EQ(board.total().arm(Arm::kLearned).opened(), 197u);
    EXPECT_EQ(board.turns().back().version, 199);
}

}  // namespace
}  // namespace volant::cli::simulation
