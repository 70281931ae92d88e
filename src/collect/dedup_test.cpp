#include "collect/dedup.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "core/random.h"

namespace volant::collect {
namespace {

Hash128 random_fingerprint(Random& random) {
    return {random.next(), random.next()};
}

TEST(Dedup, KnowsWhatItWasTold) {
    Dedup dedup(100);
    EXPECT_FALSE(dedup.find({1, 2}));
    dedup.insert({1, 2}, {7, 99});
    EXPECT_EQ(dedup.find({1, 2}), (Known{7, 99}));
    EXPECT_FALSE(dedup.find({2, 1}));
    EXPECT_FALSE(dedup.find({1, 3}));
}

TEST(Dedup, KeepsTheFirstLsn) {
    Dedup dedup(100);
    dedup.insert({1, 2}, {7, 1});
    dedup.insert({1, 2}, {8, 2});
    EXPECT_EQ(dedup.find({1, 2}), (Known{7, 1}));
    EXPECT_EQ(dedup.count(), 1u);
}

// An oracle that keeps two generations of std::map.
TEST(Dedup, AgreesWithTwoGenerationsOfAMap) {
    constexpr std::uint64_t kMax = 3'000;
    Random random(21);
    Dedup dedup(kMax);
    std::map<Hash128, log::Lsn> newer, older;
    std::deque<Hash128> all;
    for (log::Lsn lsn = 1; lsn <= 30'000; ++lsn) {
        const Hash128 fingerprint = random_fingerprint(random);
        if (newer.size() == kMax) {
            older = std::move(newer);
            newer.clear();
        }
        newer[fingerprint] = lsn;
        dedup.insert(fingerprint, {lsn, 0});
        all.push_back(fingerprint);
        const Hash128 asked = all[random.below(all.size())];
        const auto in_newer = newer.find(asked);
        const auto in_older = older.find(asked);
        const auto known = dedup.find(asked);
        ASSERT_EQ(known.has_value(), in_newer != newer.end() || in_older != older.end());
        if (known) {
            ASSERT_EQ(known->lsn, in_newer != newer.end() ? in_newer->second : in_older->second);
        }
        ASSERT_EQ(dedup.count(), newer.size() + older.size());
    }
}

TEST(Dedup, NeverForgetsOneOfTheLastGeneration) {
    constexpr std::size_t kMax = 500;
    Random random(22);
    Dedup dedup(kMax);
    std::deque<Hash128> last;
    for (log::Lsn lsn = 1; lsn <= 5'000; ++lsn) {
        last.push_back(random_fingerprint(random));
        dedup.insert(last.back(), {lsn, 0});
        if (last.size() > kMax) last.pop_front();
        if (lsn % 97 != 0) continue;
        for (const Hash128& fingerprint : last) ASSERT_TRUE(dedup.find(fingerprint));
    }
}

TEST(Dedup, MemoryIsBounded) {
    constexpr std::uint64_t kMax = 100'000;
    Random random(23);
    Dedup dedup(kMax);
    std::size_t most = 0;
    for (log::Lsn lsn = 1; lsn <= 5 * kMax; ++lsn) {
        dedup.insert(random_fingerprint(random), {lsn, 0});
        if (lsn % 1'000 == 0) most = std::max(most, dedup.bytes());
    }
    EXPECT_LE(dedup.count(), 2 * kMax);
    EXPECT_LE(most, kMax * 100);  // 85 bytes each at the real bound; more slack at this small one
}

// Fingerprints that all want one table, and within it the last slots: probing must wrap round.
TEST(Dedup, SurvivesCollisions) {
    Dedup dedup(10'000);
    for (std::uint64_t i = 0; i < 1'000; ++i) dedup.insert({UINT64_MAX, i}, {i + 1, 0});
    for (std::uint64_t i = 0; i < 1'000; ++i) ASSERT_EQ(dedup.find({UINT64_MAX, i})->lsn, i + 1);
    EXPECT_FALSE(dedup.find({UINT64_MAX, 1'000}));
    std::string bytes, again;
    dedup.snapshot(bytes);
    Dedup restored(10'000);
    ASSERT_TRUE(restored.restore(bytes).ok());
    restored.snapshot(again);
    EXPECT_EQ(bytes, again);
}

TEST(Dedup, RestoredStateContinuesTheSame) {
    Random random(24);
    Dedup one(1'000), two(1'000);
    for (log::Lsn lsn = 1; lsn <= 8'000; ++lsn) {
        const Hash128 fingerprint = random_fingerprint(random);
        one.insert(fingerprint, {lsn, 5});
        two.insert(fingerprint, {lsn, 5});
        if (lsn % 777 == 0) {
            std::string bytes;
            two.snapshot(bytes);
            two = Dedup(1'000);
            ASSERT_TRUE(two.restore(bytes).ok());
        }
    }
    std::string a, b;
    one.snapshot(a);
    two.snapshot(b);
    EXPECT_EQ(a, b);
}

TEST(Dedup, UnderALowerBoundTheLastAreKept) {
    Random random(26);
    Dedup large(1'000);
    std::vector<Hash128> all;
    for (log::Lsn lsn = 1; lsn <= 1'500; ++lsn) {
        all.push_back(random_fingerprint(random));
        large.insert(all.back(), {lsn, static_cast<std::uint16_t>(lsn)});
    }
    std::string bytes;
    large.snapshot(bytes);
    Dedup small(100);
    ASSERT_TRUE(small.restore(bytes).ok());
    EXPECT_LE(small.count(), 200u);
    for (std::size_t i = all.size() - 100; i < all.size(); ++i) {
        const Known expected{i + 1, static_cast<std::uint16_t>(i + 1)};
        EXPECT_EQ(small.find(all[i]), std::optional(expected));
    }
}

TEST(Dedup, RefusesDamagedSnapshots) {
    Random random(25);
    Dedup dedup(1'000);
    for (log::Lsn lsn = 1; lsn <= 700; ++lsn) dedup.insert(random_fingerprint(random), {lsn, 0});
    std::string bytes;
    dedup.snapshot(bytes);
    Dedup other(1'000);
    EXPECT_FALSE(other.restore("").ok());
    EXPECT_FALSE(other.restore(bytes.substr(0, bytes.size() - 1)).ok());
    EXPECT_FALSE(other.restore(bytes + "x").ok());
    std::string wrong = bytes;
    wrong[0] = 9;
    EXPECT_FALSE(other.restore(wrong).ok());
    for (int round = 0; round < 300; ++round) {
        wrong = bytes;
        wrong[random.below(wrong.size())] ^= static_cast<char>(1 + random.below(255));
        (void)other.restore(wrong);  // may succeed, must not crash
    }
}

}  // namespace
}  // namespace volant::collect
