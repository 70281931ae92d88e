// Beyond kSampleMax: the stated error, merges that do not depend on their order, and exactness
// again after.
#include "features/distinct.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/hash.h"
#include "core/random.h"

namespace volant::features {
namespace {

constexpr double kError = 1.2 / 22.6;  // 1.2 / sqrt(512)

struct Counter {
    explicit Counter(Micros window, Arena& of) : distinct(Window::of(window)), arena(of) {}
    std::byte* state() { return reinterpret_cast<std::byte*>(bytes.data()); }
    void see(std::uint64_t value, Micros time) {
        Sample sample;
        sample.time = time;
        sample.identity = hash_mix(value, 17);
        distinct.observe(state(), sample, arena);
    }
    std::int64_t count(Micros at) {
        const std::byte* one = state();
        return std::get<std::int64_t>(distinct.read({&one, 1}, at, arena).data);
    }
    Distinct distinct;
    Arena& arena;
    std::vector<std::uint64_t> bytes = std::vector<std::uint64_t>(distinct.state_bytes() / 8, 0);
};

TEST(Distinct, IsExactUpToTheBound) {
    Arena arena;
    Counter counter(7 * kDay, arena);
    for (std::uint64_t i = 0; i < Distinct::kSampleMax; ++i) {
        counter.see(i, kHour);
        counter.see(i / 2, 2 * kHour);
        ASSERT_EQ(counter.count(2 * kHour), static_cast<std::int64_t>(i + 1));
    }
}

TEST(Distinct, KeepsTheStatedErrorBeyondIt) {
    for (const std::uint64_t values : {1'000u, 10'000u, 100'000u}) {
        double squares = 0;
        constexpr int kRounds = 20;
        for (std::uint64_t round = 0; round < kRounds; ++round) {
            Arena arena;
            Counter counter(kNever, arena);
            for (std::uint64_t i = 0; i < values; ++i) counter.see(i + (round << 32), 0);
            const double error =
                static_cast<double>(counter.count(0)) / static_cast<double>(values) - 1;
            squares += error * error;
        }
        // The root mean square of 20 errors: below 1.6 of its expectation but once in thousands.
        EXPECT_LT(std::sqrt(squares / kRounds), 1.6 * kError) << values;
        EXPECT_GT(squares, 0) << "that many values cannot be counted exactly";
    }
}

// A day of 20,000 readers, then quiet ones: the window's count follows, and is exact once the day
// has left.
TEST(Distinct, FollowsASlidingWindowAndIsExactAgainAfterABusyDay) {
    Arena arena;
    Counter counter(7 * kDay, arena);
    Random random(3);
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        counter.see(i, static_cast<Micros>(i) * (kDay / 20'000));
    }
    EXPECT_NEAR(static_cast<double>(counter.count(kDay - 1)), 20'000, 20'000 * 4 * kError);
    for (Micros day = 1; day < 9; ++day) {
        for (std::uint64_t i = 0; i < 30; ++i) {
            counter.see(1'000'000 + i, day * kDay + static_cast<Micros>(random.below(kDay)));
        }
        if (day < 7) {
            EXPECT_NEAR(static_cast<double>(counter.count((day + 1) * kDay - 1)), 20'030,
                        20'000 * 4 * kError)
                << day;
        }
    }
    EXPECT_EQ(counter.count(9 * kDay - 1), 30);
}

TEST(Distinct, LateValuesDoNotBiasASample) {
    Arena arena;
    Counter counter(7 * kDay, arena);
    Random random(5);
    std::set<std::uint64_t> truth;
    for (std::uint64_t i = 0; i < 60'000; ++i) {
        const std::uint64_t value = random.below(9'000);
        truth.insert(value);
        const auto late = static_cast<Micros>(random.chance(0.3) ? random.below(5 * kDay) : 0);
        counter.see(value, 6 * kDay - late);
    }
    EXPECT_NEAR(static_cast<double>(counter.count(6 * kDay)), static_cast<double>(truth.size()),
                9'000 * 4 * kError);
}

TEST(Distinct, MergingSamplesEstimatesTheUnion) {
    Arena arena;
    Counter a(7 * kDay, arena);
    Counter b(7 * kDay, arena);
    for (std::uint64_t i = 0; i < 30'000; ++i) {
        const auto time = static_cast<Micros>(i) * (6 * kDay / 30'000);
        if (i % 3 != 0) a.see(i % 9'000, time);
        if (i % 3 == 0 || i % 5 == 0) b.see(i % 9'000 + 4'500, time);
    }
    std::set<std::uint64_t> truth;
    for (std::uint64_t i = 0; i < 30'000; ++i) {
        if (i % 3 != 0) truth.insert(i % 9'000);
        if (i % 3 == 0 || i % 5 == 0) truth.insert(i % 9'000 + 4'500);
    }
    const double size = static_cast<double>(truth.size());
    const std::byte* both[] = {a.state(), b.state()};
    const double linked = std::get<std::int64_t>(a.distinct.read(both, 6 * kDay, arena).data);
    EXPECT_NEAR(linked, size, size * 4 * kError);
    a.distinct.merge(a.state(), b.state(), arena);
    EXPECT_NEAR(static_cast<double>(a.count(6 * kDay)), size, size * 4 * kError);
    a.distinct.release(a.state(), arena);
    EXPECT_EQ(arena.live_bytes(), 0u);
}

TEST(Distinct, SampledStateSurvivesASnapshot) {
    Arena arena;
    Counter counter(kDay, arena);
    for (std::uint64_t i = 0; i < 5'000; ++i) counter.see(i, static_cast<Micros>(i) * kMinute / 4);
    std::string saved;
    Writer writer(saved);
    counter.distinct.save(counter.state(), arena, writer);
    Counter restored(kDay, arena);
    Cursor cursor(saved);
    restored.distinct.load(restored.state(), arena, cursor);
    ASSERT_TRUE(cursor.ok() && cursor.done());
    for (std::uint64_t i = 5'000; i < 9'000; ++i) {
        const Micros time = static_cast<Micros>(i) * kMinute / 4;
        counter.see(i, time);
        restored.see(i, time);
        ASSERT_EQ(restored.count(time), counter.count(time));
    }
}

}  // namespace
}  // namespace volant::features
