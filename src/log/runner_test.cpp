#include "log/runner.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "log/gated_disk.h"
#include "log/runner_fixture.h"

namespace volant::log {
namespace {

TEST_F(RunnerTest, AnAnswerComesAfterItsRecordsAreDurableAndInOrder) {
    HashFold fold;
    auto runner = start(fold);
    std::vector<int> order;
    std::promise<void> last;
    for (int i = 0; i < 1000; ++i) {
        auto lsn = std::make_shared<Lsn>(0);
        auto next = command(
            [lsn](Turn& turn) {
                *lsn = turn.next_lsn();
                EXPECT_EQ(turn.append({.clear = "x", .sealed = {}}), *lsn);
            },
            [&, i, lsn](const Status& status) {
                EXPECT_TRUE(status.ok());
                EXPECT_LE(*lsn, log_->durable_lsn());
                order.push_back(i);
                if (i == 999) last.set_value();
            });
        ASSERT_TRUE(runner->submit(next).ok());
    }
    last.get_future().get();
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(order.size(), 1000u);
    EXPECT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(fold.count, 1000u);
    EXPECT_EQ(replayed_hash(), fold.hash);
}

TEST_F(RunnerTest, KnownAtIsTheDecisionTimeUnlessAssumed) {
    HashFold fold;
    auto runner = start(fold);
    ASSERT_TRUE(call(*runner, [](Turn& turn) {
                    EXPECT_EQ(turn.now(), 1'000 * kSecond);
                    turn.append({.known_at = 5, .clear = "a", .sealed = {}});
                    turn.append(
                        {.flags = kKnownAtAssumed, .known_at = 5, .clear = "b", .sealed = {}});
                }).ok());
    EXPECT_TRUE(runner->stop(false).ok());
    auto reader = log_->read(1);
    Record record;
    ASSERT_TRUE(*(*reader)->next(record));
    EXPECT_EQ(record.known_at, 1'000 * kSecond);
    ASSERT_TRUE(*(*reader)->next(record));
    EXPECT_EQ(record.known_at, 5);
}

TEST_F(RunnerTest, SimulatedTimeMovesTheClockAndRefusesToGoBack) {
    HashFold fold;
    RunnerOptions options;
    options.simulated = &clock_;
    auto runner = start(fold, options);
    const Micros later = 2'000 * kSecond;
    ASSERT_TRUE(call(
                    *runner, [&](Turn& turn) { EXPECT_EQ(turn.now(), later); }, later)
                    .ok());
    EXPECT_EQ(clock_.now(), later);
    ASSERT_TRUE(call(*runner, [&](Turn& turn) { EXPECT_EQ(turn.now(), later); }).ok());
    const Status back = call(
        *runner, [](Turn&) { FAIL(); }, later - 1);
    ASSERT_FALSE(back.ok());
    EXPECT_EQ(back.error().code, Code::kTimeOutOfRange);
    // What is due comes before the command that moved the time.
    fold.deadline = later + 10;
    ASSERT_TRUE(call(
                    *runner, [&](Turn&) { EXPECT_EQ(fold.ticks, 1); }, later + 20)
                    .ok());
    EXPECT_TRUE(runner->stop(false).ok());
}

TEST_F(RunnerTest, AnIdleRunnerTicksOnceTheDeadlineHasPassed) {
    HashFold fold;
    fold.deadline = 1'010 * kSecond;
    RunnerOptions options;
    options.tick_every = kMillisecond;
    auto runner = start(fold, options);
    EXPECT_EQ(runner->applied_lsn(), 0u);
    ASSERT_TRUE(clock_.advance_to(1'020 * kSecond));
    while (runner->durable_lsn() == 0) std::this_thread::yield();
    EXPECT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(fold.ticks, 1);
    EXPECT_EQ(fold.last_time, 1'020 * kSecond);
}

TEST_F(RunnerTest, PastTheBoundACommandIsGivenBackUntouched) {
    HashFold fold;
    RunnerOptions options;
    options.queue_max = 2;
    auto runner = start(fold, options);
    std::promise<void> release;
    auto released = release.get_future().share();
    std::atomic<int> finished{0};
    const auto make = [&] {
        return command([released](Turn&) { released.wait(); }, [&](const Status&) { ++finished; });
    };
    std::vector<std::unique_ptr<Command>> commands;
    for (int i = 0; i < 3; ++i) commands.push_back(make());
    const Status status = runner->submit_all(commands);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kOverloaded);
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_EQ(runner->submit(commands[0]).error().code, Code::kOverloaded);
    EXPECT_NE(commands[0], nullptr);
    release.set_value();
    EXPECT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(finished, 2);
}

TEST_F(RunnerTest, RefusesBeforeItIsReadyAndAfterItStopped) {
    HashFold fold;
    auto runner = make_runner(*log_, fold, clock_, {});
    auto early = command([](Turn&) {}, [](const Status&) {});
    EXPECT_EQ(runner->submit(early).error().code, Code::kRecovering);
    ASSERT_TRUE(runner->start().ok());
    EXPECT_TRUE(runner->progress().ready);
    ASSERT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(runner->submit(early).error().code, Code::kUnavailable);
    EXPECT_NE(early, nullptr);
}

TEST_F(RunnerTest, ACommandThatOnlyReadsWaitsForWhatItMayHaveRead) {
    GatedDisk disk;
    auto log = *make_log(disk, "log", kSmall);
    HashFold fold;
    auto runner = make_runner(*log, fold, clock_, {});
    ASSERT_TRUE(runner->start().ok());
    const std::uint64_t syncs = log->stat().syncs;
    ASSERT_TRUE(call(*runner, [](Turn&) {}).ok());
    EXPECT_EQ(log->stat().syncs, syncs);  // nothing was pending

    disk.close_gate();
    std::promise<void> has_read;
    std::promise<Status> answered;
    auto write = command([](Turn& turn) { turn.append({.clear = "a", .sealed = {}}); },
                         [](const Status&) {});
    auto read = command([&](Turn&) { has_read.set_value(); },
                        [&](const Status& status) { answered.set_value(status); });
    ASSERT_TRUE(runner->submit(write).ok());
    ASSERT_TRUE(runner->submit(read).ok());
    has_read.get_future().get();
    auto answer = answered.get_future();
    EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
    disk.open_gate();
    EXPECT_TRUE(answer.get().ok());
    EXPECT_EQ(runner->durable_lsn(), 1u);
}

TEST_F(RunnerTest, WhileASyncRunsTheNextGroupGathers) {
    GatedDisk disk;
    auto log = *make_log(disk, "log", kSmall);
    HashFold fold;
    auto runner = make_runner(*log, fold, clock_, {});
    ASSERT_TRUE(runner->start().ok());
    const std::uint64_t syncs = log->stat().syncs;
    disk.close_gate();
    std::atomic<int> applied{0};
    std::atomic<int> answered{0};
    for (int i = 0; i < 64; ++i) {
        auto write = command(
            [&](Turn& turn) {
                turn.append({.clear = "a", .sealed = {}});
                ++applied;
            },
            [&](const Status&) { ++answered; });
        ASSERT_TRUE(runner->submit(write).ok());
        if (i == 0) {
            while (applied < 1) std::this_thread::yield();
        }
    }
    while (applied < 64) std::this_thread::yield();
    EXPECT_EQ(answered, 0);
    disk.open_gate();
    ASSERT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(answered, 64);
    // At most: the first alone, a few that came in between, the rest; and the last claim.
    EXPECT_LE(log->stat().syncs - syncs, 8u);
}

}  // namespace
}  // namespace volant::log
