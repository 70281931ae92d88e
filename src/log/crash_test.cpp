// The log on a disk that crashes, loses what was not synced, fills up and fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/random.h"
#include "log/crash_account.h"
#include "log/fault_disk.h"
#include "log/log.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;

constexpr LogOptions kTiny{.segment_bytes = 8u << 10, .background = false};

// One seeded schedule: a log lives, dies and lives again, while the test keeps count of what was
// acknowledged. `violation` says what was lost, doubled, moved or invented.
class Schedule {
  public:
    Schedule(std::uint64_t seed, bool sync_lies) : random_(seed), disk_(seed ^ 0x5eed) {
        disk_.set_sync_lies(sync_lies);
    }

    std::string run() {
        for (int life = 0; life < 5 && violation_.empty(); ++life) {
            disk_.crash_after(1 + random_.below(life == 0 ? 120 : 80));
            if (random_.chance(0.2)) disk_.fail(DiskOperation::kSync, 1 + random_.below(60), EIO);
            if (random_.chance(0.2))
                disk_.fail(DiskOperation::kSyncFolder, 2 + random_.below(4), EIO);
            live();
            // A killed process finds the page cache again; a machine that stopped does not.
            if (disk_.crashed() || random_.chance(0.3)) disk_.restart();
        }
        return violation_;
    }

  private:
    void live() {
        auto log = make_log(disk_, "log", kTiny);
        if (!log.ok()) {
            if (log.error().code == Code::kCorrupt) violation_ = log.error().message;
            return;
        }
        violation_ = account_.check(**log);
        while (violation_.empty() && act(**log)) {
        }
    }

    bool act(Log& log) {
        const std::uint64_t what = random_.below(20);
        if (what == 0) return log.claim().ok();
        if (what == 1) {
            account_.let_go_before(1 + random_.below(account_.acknowledged() + 1));
            return log.drop_before(account_.keep_from()).ok();
        }
        if (what == 2 && random_.chance(0.1)) {
            if (log.close().ok()) account_.acknowledge();
            return false;
        }
        for (std::uint64_t i = random_.below(6); i > 0; --i) {
            std::string text = std::to_string(random_.next());
            account_.append(log, text + std::string(random_.below(700), 'x'));
        }
        const auto committed = log.commit(0);
        if (!committed.ok()) {
            // Nothing after a failed sync may be taken.
            if (!disk_.crashed() && log.commit(0).ok()) violation_ = "commits after a failed sync";
            if (!disk_.crashed() && log.reserve(1).ok())
                violation_ = "reserves after a failed sync";
            return false;
        }
        account_.acknowledge();
        return true;
    }

    Random random_;
    FaultDisk disk_;
    CrashAccount account_;
    std::string violation_;
};

TEST(Crash, WhatWasAcknowledgedIsThereOnceAndInOrderAfterEveryCrash) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const std::string violation = Schedule(seed, false).run();
        ASSERT_EQ(violation, "") << "seed " << seed;
    }
}

TEST(Crash, ALogThatNeverSyncsFailsTheSameTest) {
    int caught = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) caught += !Schedule(seed, true).run().empty();
    EXPECT_GT(caught, 50);
}

Lsn append_bytes(Log& log, std::size_t size) {
    const std::string text(size, 'x');
    return log.append({.clear = text, .sealed = {}});
}

// The files of a log whose process has just gone, with `batches` batches of one record each.
void write_log(FaultDisk& disk, int batches, bool close) {
    auto log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    for (int i = 0; i < batches; ++i) {
        append_bytes(**log, 100);
        ASSERT_TRUE((*log)->commit(0).ok());
    }
    if (close) {
        ASSERT_TRUE((*log)->close().ok());
    }
}

constexpr const char* kFirstSegment = "log/00000000000000000001.seg";
constexpr std::uint64_t kClaimBytes = 64;
constexpr std::uint64_t kBatchBytes = 64 + 24 + 104;  // a header and one record of 100 bytes

TEST(Crash, DamageToTheVeryLastBatchIsATornTail) {
    FaultDisk disk(1);
    write_log(disk, 3, false);
    disk.corrupt(kFirstSegment, kClaimBytes + 2 * kBatchBytes + 70);
    auto log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    EXPECT_EQ((*log)->next_lsn(), 3u);
}

TEST(Crash, DamageBeforeAClaimIsCorruptionWithItsPlace) {
    for (const std::uint64_t damaged_batch : {0, 1, 2}) {
        FaultDisk disk(1);
        write_log(disk, 3, true);
        const std::uint64_t batch = kClaimBytes + damaged_batch * kBatchBytes;
        disk.corrupt(kFirstSegment, batch + 70);
        const auto log = make_log(disk, "log", kTiny);
        ASSERT_FALSE(log.ok());
        EXPECT_EQ(log.error().code, Code::kCorrupt);
        EXPECT_THAT(log.error().message, HasSubstr(kFirstSegment));
        EXPECT_THAT(log.error().message, HasSubstr("at byte " + std::to_string(batch)));
    }
}

TEST(Crash, DamageToAClaimIsSeenOnceARecordFollows) {
    FaultDisk disk(1);
    write_log(disk, 1, false);
    disk.corrupt(kFirstSegment, 20);  // the claim with which the log began
    EXPECT_EQ(make_log(disk, "log", kTiny).error().code, Code::kCorrupt);
}

TEST(Crash, DamageAtTheEndOfAFullSegmentIsCorruption) {
    FaultDisk disk(1);
    write_log(disk, 100, false);
    const std::uint64_t last = kClaimBytes + 41 * kBatchBytes;  // 42 fit into 8 KiB
    disk.corrupt(kFirstSegment, last + 70);
    auto log = make_log(disk, "log", kTiny);
    // Not in the last two segments: opening does not read it, but every reader meets it.
    ASSERT_TRUE(log.ok());
    auto reader = (*log)->read(1);
    Record record;
    Result<bool> more = true;
    while (more.ok() && *more) more = (*reader)->next(record);
    ASSERT_FALSE(more.ok());
    EXPECT_EQ(more.error().code, Code::kCorrupt);
    EXPECT_EQ(record.lsn, 41u);
    EXPECT_THAT(more.error().message, HasSubstr("at byte " + std::to_string(last)));
}

TEST(Crash, AFullDiskRefusesBeforeAnythingIsLostAndGoesOnWhenThereIsRoom) {
    FaultDisk disk(1);
    disk.set_capacity(5 * kTiny.segment_bytes);
    auto log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    Status status;
    Lsn last = 0;
    while (true) {
        status = (*log)->reserve(500);
        if (!status.ok()) break;
        last = append_bytes(**log, 400);
        ASSERT_TRUE((*log)->commit(0).ok());
    }
    EXPECT_EQ(status.error().code, Code::kStorageFull);
    EXPECT_GT(last, 70u);
    EXPECT_EQ((*log)->durable_lsn(), last);
    EXPECT_FALSE((*log)->has_room(500));
    // What the server itself still has to say finds its place.
    append_bytes(**log, 10);
    EXPECT_TRUE((*log)->commit(0).ok());
    ASSERT_TRUE((*log)->drop_before(last).ok());
    EXPECT_TRUE((*log)->reserve(500).ok());
    append_bytes(**log, 400);
    EXPECT_TRUE(*(*log)->commit(0));
    ASSERT_TRUE((*log)->close().ok());
    log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    EXPECT_EQ((*log)->next_lsn(), last + 3);
}

TEST(Crash, WithoutAReservationAFullDiskDropsTheBatchAndLeavesTheLogUsable) {
    FaultDisk disk(1);
    disk.set_capacity(2 * kTiny.segment_bytes);
    auto log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    Result<bool> committed = true;
    Lsn next = 0;
    while (committed.ok()) {
        next = append_bytes(**log, 3000);
        committed = (*log)->commit(0);
    }
    EXPECT_EQ(committed.error().code, Code::kStorageFull);
    EXPECT_EQ((*log)->next_lsn(), next);
    append_bytes(**log, 100);
    EXPECT_TRUE(*(*log)->commit(0));
    EXPECT_EQ((*log)->durable_lsn(), next);
}

TEST(Crash, AFailedSyncEndsTheLogAndNothingOfItIsBelievedLater) {
    FaultDisk disk(4);
    auto log = make_log(disk, "log", kTiny);
    append_bytes(**log, 2000);
    ASSERT_TRUE((*log)->commit(0).ok());
    disk.fail(DiskOperation::kSync, 1, EIO);
    append_bytes(**log, 2000);
    const auto committed = (*log)->commit(0);
    ASSERT_FALSE(committed.ok());
    EXPECT_EQ(committed.error().code, Code::kUnavailable);
    EXPECT_EQ((*log)->durable_lsn(), 1u);
    append_bytes(**log, 10);
    EXPECT_EQ((*log)->commit(0).error().code, Code::kUnavailable);
    EXPECT_EQ((*log)->claim().error().code, Code::kUnavailable);
    EXPECT_EQ((*log)->reserve(1).error().code, Code::kUnavailable);
    // The next process sees the batch in the page cache. If it takes it, it must make it durable.
    log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok());
    const Lsn taken = (*log)->durable_lsn();
    append_bytes(**log, 10);
    ASSERT_TRUE((*log)->commit(0).ok());
    disk.crash_after(1);
    EXPECT_FALSE((*log)->claim().ok());
    disk.restart();
    log = make_log(disk, "log", kTiny);
    ASSERT_TRUE(log.ok()) << log.error().message;
    EXPECT_EQ((*log)->durable_lsn(), taken + 1);
}

}  // namespace
}  // namespace volant::log
