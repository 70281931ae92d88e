#include "log/snapshot_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/time.h"

namespace volant::log {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SnapshotStoreTest : public testing::Test {
  protected:
    SnapshotStoreTest() {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() /
                  ("volant_snapshots_" + std::to_string(::getpid()) + "_" + info->name());
        std::filesystem::remove_all(folder_);
    }
    ~SnapshotStoreTest() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path state_of(const std::string& name) const {
        return folder_ / name / "state";
    }
    std::filesystem::path folder_;
};

TEST_F(SnapshotStoreTest, IsThereOnceItIsPublished) {
    const SnapshotStore store(folder_);
    EXPECT_THAT(*store.list(), IsEmpty());
    ASSERT_TRUE(store.write(7, 5 * kSecond, "the state").ok());
    EXPECT_THAT(*store.list(), IsEmpty());
    EXPECT_EQ(store.load(7).error().code, Code::kNotFound);
    ASSERT_TRUE(store.publish(7).ok());
    const auto snapshot = store.load(7);
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(snapshot->state, "the state");
    EXPECT_EQ(snapshot->header.time, 5 * kSecond);
    ASSERT_TRUE(store.remove(7).ok());
    EXPECT_THAT(*store.list(), IsEmpty());
}

TEST_F(SnapshotStoreTest, EveryFlippedByteAndEveryCutIsSeen) {
    const SnapshotStore store(folder_);
    ASSERT_TRUE(store.write(7, 1, "some state").ok());
    ASSERT_TRUE(store.publish(7).ok());
    const auto path = state_of("00000000000000000007");
    std::ifstream in(path, std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(in)), {});
    const auto put = [&](const std::string& bytes) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string flipped = whole;
        flipped[i] = static_cast<char>(flipped[i] ^ 1);
        put(flipped);
        EXPECT_EQ(store.load(7).error().code, Code::kCorrupt) << "byte " << i;
        put(whole.substr(0, i));
        EXPECT_EQ(store.load(7).error().code, Code::kCorrupt) << "cut at " << i;
    }
    put(whole);
    EXPECT_TRUE(store.load(7).ok());
}

TEST_F(SnapshotStoreTest, TheCopyStandsInForADamagedOne) {
    const SnapshotStore store(folder_);
    ASSERT_TRUE(store.write(7, 1, "some state").ok());
    ASSERT_TRUE(store.publish(7).ok());
    ASSERT_TRUE(store.copy(7).ok());
    std::ofstream(state_of("00000000000000000007"), std::ios::trunc) << "gone";
    std::vector<std::string> notes;
    EXPECT_EQ(store.list(&notes)->size(), 1u);
    EXPECT_THAT(notes, ElementsAre(HasSubstr("not a snapshot")));
    EXPECT_EQ(store.load(7)->state, "some state");
}

TEST_F(SnapshotStoreTest, WhatAnInterruptedWriteLeftGoes) {
    const SnapshotStore store(folder_);
    ASSERT_TRUE(store.write(7, 1, "half").ok());
    ASSERT_TRUE(store.remove_temporary().ok());
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

std::vector<SnapshotHeader> daily(int days) {
    std::vector<SnapshotHeader> all;
    for (int day = 1; day <= days; ++day) {
        all.push_back({.lsn = static_cast<Lsn>(100 * day), .time = day * kDay, .bytes = 1});
    }
    return all;
}

TEST(SnapshotPlan, KeepsTwoWithoutRetention) {
    const SnapshotPlan plan = plan_snapshots(daily(4), 4 * kDay, kNever);
    EXPECT_THAT(plan.remove, ElementsAre(100, 200));
    EXPECT_EQ(plan.horizon, 0u);
    EXPECT_THAT(plan_snapshots(daily(2), 2 * kDay, kNever).remove, IsEmpty());
    EXPECT_THAT(plan_snapshots({}, 0, kNever).remove, IsEmpty());
}

TEST(SnapshotPlan, TheHorizonIsTheNewestThatIsOldEnough) {
    const SnapshotPlan plan = plan_snapshots(daily(8), 8 * kDay, 4 * kDay + 1);
    EXPECT_EQ(plan.horizon, 300u);
    EXPECT_THAT(plan.remove, ElementsAre(100, 200));
    // Nothing is old enough: nothing is dropped, and the oldest stays to become the horizon.
    const SnapshotPlan young = plan_snapshots(daily(4), 4 * kDay, 10 * kDay);
    EXPECT_EQ(young.horizon, 0u);
    EXPECT_THAT(young.remove, IsEmpty());
}

TEST(SnapshotPlan, TheHorizonFollowsThroughABoundedNumber) {
    std::vector<SnapshotHeader> kept;
    Lsn horizon = 0;
    for (int day = 1; day <= 400; ++day) {
        kept.push_back({.lsn = static_cast<Lsn>(100 * day), .time = day * kDay, .bytes = 1});
        const SnapshotPlan plan = plan_snapshots(kept, day * kDay, 30 * kDay);
        std::erase_if(kept, [&](const SnapshotHeader& header) {
            return std::find(plan.remove.begin(), plan.remove.end(), header.lsn) !=
                   plan.remove.end();
        });
        EXPECT_LE(kept.size(), kSnapshotsMax);
        EXPECT_EQ(kept.back().lsn, static_cast<Lsn>(100 * day));
        EXPECT_GE(plan.horizon, horizon);
        horizon = plan.horizon;
        if (horizon != 0) {
            EXPECT_EQ(kept.front().lsn, horizon);
            EXPECT_LT(kept.front().time, (day - 30) * kDay);
        }
        // It lags by no more than the spacing of what is kept.
        if (day > 100) {
            EXPECT_GT(kept.front().time, (day - 30 - 15) * kDay);
        }
    }
}

}  // namespace
}  // namespace volant::log
