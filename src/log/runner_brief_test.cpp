// Brief commands that their submitters run themselves: the order, ticks, snapshots and the end stay
// as they are with the apply thread alone.
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "log/runner_fixture.h"

namespace volant::log {
namespace {

std::unique_ptr<Command> brief(TestCommand::Run run, TestCommand::Done done) {
    auto made = command(std::move(run), std::move(done));
    made->is_brief = true;
    made->append_bytes_max = 256;
    return made;
}

RunnerOptions by_submitters(RunnerOptions options = {}) {
    options.submitters_apply = true;
    return options;
}

void append_one(Turn& turn) {
    append_now(turn, RecordType::kEvent, "x");
}

void ignore(const Status&) {}

TEST_F(RunnerTest, ABriefCommandRunsOnTheThreadThatSubmitsIt) {
    HashFold fold;
    auto runner = start(fold, by_submitters());
    // The apply thread begins with the role; it has given it back once a command has run.
    ASSERT_TRUE(append_text(*runner, "first").ok());
    std::thread::id ran;
    for (int i = 0; i < 1000 && ran != std::this_thread::get_id(); ++i) {
        auto submitted = brief([&](Turn&) { ran = std::this_thread::get_id(); }, ignore);
        ASSERT_TRUE(runner->submit(submitted).ok());
        ASSERT_TRUE(append_text(*runner, "next").ok());
    }
    EXPECT_EQ(ran, std::this_thread::get_id());
    ASSERT_TRUE(runner->stop(false).ok());
}

// Says which thread frees it.
struct Freed {
    explicit Freed(std::thread::id& by) : thread(by) {}
    ~Freed() { thread = std::this_thread::get_id(); }
    std::thread::id& thread;
};

TEST_F(RunnerTest, ASpentCommandIsFreedByAThreadThatSubmits) {
    HashFold fold;
    std::thread::id thread;
    auto runner = start(fold, by_submitters());
    ASSERT_TRUE(call(*runner, [freed = std::make_shared<Freed>(thread)](Turn& turn) {
                    append_one(turn);
                }).ok());
    for (int i = 0; i < 1000 && thread == std::thread::id(); ++i)
        ASSERT_TRUE(append_text(*runner, "next").ok());
    EXPECT_EQ(thread, std::this_thread::get_id());
    ASSERT_TRUE(runner->stop(false).ok());
}

TEST_F(RunnerTest, SpentCommandsAreFreedWhenTheRunnerStops) {
    HashFold fold;
    std::thread::id thread;
    auto runner = start(fold);
    ASSERT_TRUE(call(*runner, [freed = std::make_shared<Freed>(thread)](Turn&) {}).ok());
    ASSERT_TRUE(runner->stop(false).ok());
    EXPECT_NE(thread, std::thread::id());
}

TEST_F(RunnerTest, WithoutTheOptionTheApplyThreadRunsEverything) {
    HashFold fold;
    auto runner = start(fold);
    std::atomic<int> here{0};
    for (int i = 0; i < 100; ++i) {
        auto submitted = brief([&, submitter = std::this_thread::get_id()](
                                   Turn&) { here += std::this_thread::get_id() == submitter; },
                               ignore);
        ASSERT_TRUE(runner->submit(submitted).ok());
    }
    ASSERT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(here, 0);
}

TEST_F(RunnerTest, BriefCommandsNeverOvertakeThoseBeforeThem) {
    HashFold fold;
    auto runner = start(fold, by_submitters());
    std::mutex lock;
    std::vector<int> ran;
    for (int i = 0; i < 2000; ++i) {
        auto submitted = command(
            [&, i](Turn& turn) {
                append_one(turn);
                const std::lock_guard guard(lock);
                ran.push_back(i);
            },
            ignore);
        submitted->is_brief = i % 7 != 0;
        submitted->append_bytes_max = 256;
        ASSERT_TRUE(runner->submit(submitted).ok());
    }
    ASSERT_TRUE(runner->stop(false).ok());
    ASSERT_EQ(ran.size(), 2000u);
    EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

// One at a time: the fold and the turn are used without locks; a second applier shows as a lost or
// moved record, and under the thread sanitizer.
TEST_F(RunnerTest, ManySubmittersApplyOneAtATime) {
    constexpr int kThreads = 4, kEach = 2000;
    HashFold fold;
    auto runner = start(fold, by_submitters(with_snapshots(500)));
    std::atomic<int> inside{0}, together{0}, answered{0};
    const auto run = [&](Turn& turn) {
        together += ++inside != 1;
        append_one(turn);
        --inside;
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; i += 4) {
                std::vector<std::unique_ptr<Command>> batch;
                for (int j = 0; j < 4; ++j) {
                    batch.push_back(brief(run, [&](const Status& s) { answered += s.ok(); }));
                    batch.back()->is_brief = (i + t) % 64 != 0;
                }
                if (!runner->submit_all(batch).ok()) return;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(runner->stop(true).ok());
    EXPECT_EQ(together, 0);
    EXPECT_EQ(answered, kThreads * kEach);
    EXPECT_EQ(fold.count, static_cast<std::uint64_t>(kThreads * kEach));
    EXPECT_EQ(fold.hash, replayed_hash());
}

TEST_F(RunnerTest, ADeadlineThatABriefCommandSetsIsTicked) {
    HashFold fold;
    auto runner = start(fold, by_submitters());
    ASSERT_TRUE(append_text(*runner, "first").ok());
    auto submitted = brief(
        [&](Turn& turn) {
            append_one(turn);
            fold.deadline = turn.now() + kMillisecond;
        },
        ignore);
    ASSERT_TRUE(runner->submit(submitted).ok());
    ASSERT_TRUE(clock_.advance_to(clock_.now() + 10 * kMillisecond));
    while (fold.deadline != kNever) std::this_thread::yield();  // a tick clears it
    ASSERT_TRUE(runner->stop(false).ok());
    EXPECT_EQ(fold.ticks, 1);
}

TEST_F(RunnerTest, StoppingWaitsForASubmitterThatApplies) {
    HashFold fold;
    auto runner = start(fold, by_submitters());
    std::atomic<bool> go_on{true};
    std::atomic<int> taken{0}, answered{0};
    std::thread submitter([&] {
        while (go_on) {
            auto submitted = brief(append_one, [&](const Status& s) { answered += s.ok(); });
            if (!runner->submit(submitted).ok()) return;
            ++taken;
        }
    });
    while (taken < 500) std::this_thread::yield();
    ASSERT_TRUE(runner->stop(false).ok());
    go_on = false;
    submitter.join();
    EXPECT_EQ(answered, taken);
    EXPECT_EQ(fold.count, static_cast<std::uint64_t>(taken));
}

}  // namespace
}  // namespace volant::log
