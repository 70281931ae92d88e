// What a runner finds again: snapshots, the tail, and what retention left.
#include <cstdio>
#include <filesystem>

#include "log/runner_fixture.h"
#include "log/snapshot_store.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;

TEST_F(RunnerTest, TimeDoesNotGoBackwardsOverARestart) {
    HashFold fold;
    auto runner = start(fold);
    ASSERT_TRUE(append_text(*runner, "a").ok());
    ASSERT_TRUE(runner->stop(false).ok());
    reopen();
    ManualClock behind(5);
    HashFold again;
    auto second = make_runner(*log_, again, behind, {});
    ASSERT_TRUE(second->start().ok());
    ASSERT_TRUE(call(*second, [](Turn& turn) { EXPECT_EQ(turn.now(), 1'000 * kSecond); }).ok());
}

TEST_F(RunnerTest, ASnapshotAndTheTailEqualAFullReplay) {
    for (const bool snapshot_at_stop : {true, true, false}) {
        HashFold fold;
        auto runner = start(fold, with_snapshots(100));
        for (int i = 0; i < 350; ++i) ASSERT_TRUE(append_text(*runner, std::to_string(i)).ok());
        ASSERT_TRUE(runner->stop(snapshot_at_stop).ok());
        reopen();
    }
    const std::size_t kept = static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_ / "snapshots"), {}));
    EXPECT_EQ(kept, 2u);
    HashFold fold;
    auto runner = start(fold, with_snapshots());
    EXPECT_EQ(fold.count, 1050u);
    EXPECT_EQ(fold.hash, replayed_hash());
    EXPECT_EQ(runner->progress().applied, 1050u);
    EXPECT_THAT(notes_, testing::IsEmpty());
}

TEST_F(RunnerTest, ADamagedSnapshotIsSkippedAndSaid) {
    HashFold fold;
    auto runner = start(fold, with_snapshots());
    ASSERT_TRUE(append_text(*runner, "a").ok());
    ASSERT_TRUE(runner->stop(true).ok());
    const auto state = std::filesystem::directory_iterator(folder_ / "snapshots")->path() / "state";
    std::FILE* file = std::fopen(state.c_str(), "r+");
    std::fseek(file, 50, SEEK_SET);
    std::fputc('!', file);
    std::fclose(file);
    reopen();
    HashFold again;
    auto second = start(again, with_snapshots());
    EXPECT_EQ(again.hash, fold.hash);
    EXPECT_THAT(notes_, HasSubstr("checksum"));
}

TEST_F(RunnerTest, ALogThatEndsBeforeASnapshotHasLostRecords) {
    HashFold fold;
    auto runner = start(fold, with_snapshots());
    ASSERT_TRUE(append_text(*runner, "a").ok());
    ASSERT_TRUE(runner->stop(true).ok());
    MemoryDisk empty;
    auto log = make_log(empty, "log", kSmall);
    HashFold again;
    auto second = make_runner(**log, again, clock_, with_snapshots());
    const Status status = second->start();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kCorrupt);
    EXPECT_THAT(status.error().message, HasSubstr("proves that it went on"));
}

TEST_F(RunnerTest, RetentionDropsWhatASnapshotStandsForAndKeepsThatTwice) {
    RunnerOptions options = with_snapshots(100);
    options.simulated = &clock_;
    options.retention = 10 * kDay;
    HashFold whole;  // sees every record once
    const auto write_days = [&](Runner& runner, int days) {
        for (int day = 0; day < days; ++day) {
            const Micros time = clock_.now() + kDay;
            for (int i = 0; i < 20; ++i) {
                const std::string text(1000, static_cast<char>('a' + i));
                ASSERT_TRUE(
                    call(
                        runner,
                        [&](Turn& turn) {
                            const Lsn lsn = turn.append({.clear = text, .sealed = {}});
                            whole.apply(
                                {.lsn = lsn, .known_at = turn.now(), .clear = text, .sealed = {}});
                        },
                        time)
                        .ok());
            }
        }
    };
    for (int start_number = 0; start_number < 6; ++start_number) {
        HashFold fold;
        auto runner = start(fold, options);
        ASSERT_EQ(fold.hash, whole.hash);
        write_days(*runner, 7);
        ASSERT_TRUE(runner->stop(true).ok());
        reopen();
    }
    const Lsn first = log_->stat().first_lsn;
    EXPECT_GT(first, 100u);
    auto reader = log_->read(first);
    Record record;
    // Nothing younger than the retention is gone, and not much older is left.
    ASSERT_TRUE(*(*reader)->next(record));
    EXPECT_LT(record.known_at, clock_.now() - options.retention);

    const SnapshotStore store(options.snapshots_dir);
    const Lsn horizon = store.list()->front().lsn;
    EXPECT_GE(horizon + 1, first);
    char digits[32];
    std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(horizon));
    const auto copy = folder_ / "snapshots" / (std::string(digits) + ".copy");
    EXPECT_TRUE(std::filesystem::exists(copy / "state"));

    // With every other snapshot gone and the first of the two damaged, the copy is enough.
    const auto all = store.list();
    for (const auto& header : *all) {
        if (header.lsn == horizon) continue;
        ASSERT_TRUE(store.remove(header.lsn).ok());
    }
    std::filesystem::resize_file(folder_ / "snapshots" / digits / "state", 10);
    {
        HashFold fold;
        auto runner = start(fold, options);
        EXPECT_EQ(fold.hash, whole.hash);
    }
    // Without it, the log alone is not enough, and that is said.
    std::filesystem::remove_all(folder_ / "snapshots");
    HashFold fold;
    auto runner = make_runner(*log_, fold, clock_, options);
    const Status status = runner->start();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kCorrupt);
    EXPECT_THAT(status.error().message, HasSubstr("no good snapshot"));
}

}  // namespace
}  // namespace volant::log
