// The runner when what it runs throws: everybody gets an answer, nothing is believed any more, and
// it stops.
#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <thread>

#include "log/runner_fixture.h"

namespace volant::log {
namespace {

// Throws at every record whose clear part is "bad".
class ThrowingFold : public HashFold {
  public:
    void apply(const Record& record) override {
        if (record.clear == "bad") throw std::runtime_error("a bad record");
        HashFold::apply(record);
    }
};

class RunnerExceptionsTest : public RunnerTest {
  protected:
    using Commands = std::vector<std::unique_ptr<Command>>;

    std::unique_ptr<Runner> start_fallible(Fold& fold, bool submitters_apply = false) {
        RunnerOptions options;
        options.submitters_apply = submitters_apply;
        auto runner = make_runner(*log_, fold, clock_, options);
        runner->on_fatal = [this](const Error& error) { fatal_.push_back(error.message); };
        EXPECT_TRUE(runner->start().ok());
        return runner;
    }

    // One that appends `text`; brief, so that its submitter may run it.
    std::unique_ptr<Command> appends(std::string text) {
        auto made = command([text](Turn& turn) { append_now(turn, RecordType::kEvent, text); },
                            [this](const Status& status) { answered(status); });
        made->is_brief = true;
        made->append_bytes_max = 256;
        return made;
    }
    void answered(const Status& status) {
        const std::lock_guard lock(mutex_);
        answers_.push_back(status.ok() ? "ok" : std::string(error_row(status.error().code).name));
    }

    // All that was submitted has its answer, in order: first those that were made durable.
    void expect_ended(Runner& runner, std::size_t submitted, const std::string& why) {
        const Status stopped = runner.stop(true);
        ASSERT_FALSE(stopped.ok());
        EXPECT_EQ(stopped.error().code, Code::kUnavailable);
        EXPECT_EQ(stopped.error().message, why);
        EXPECT_EQ(fatal_, std::vector<std::string>{why});
        ASSERT_EQ(answers_.size(), submitted);
        EXPECT_TRUE(std::ranges::is_sorted(answers_, {}, [](auto& a) { return a != "ok"; }));
        const auto acknowledged = std::ranges::count(answers_, "ok");
        EXPECT_EQ(std::ranges::count(answers_, "unavailable"), submitted - acknowledged);
        EXPECT_LE(static_cast<Lsn>(acknowledged), log_->durable_lsn());
    }

    std::mutex mutex_;
    std::vector<std::string> answers_;  // guarded by mutex_
    std::vector<std::string> fatal_;
};

TEST_F(RunnerExceptionsTest, AFoldThatThrowsOnTheApplyThreadEndsEverythingWithAnswers) {
    ThrowingFold fold;
    auto runner = start_fallible(fold);
    Commands commands;
    for (const char* text : {"a", "b", "bad", "c", "d"}) commands.push_back(appends(text));
    ASSERT_TRUE(runner->submit_all(commands).ok());
    std::size_t submitted = 5;
    while (true) {  // until it has come to the bad one
        auto later = appends("later");
        const Status status = runner->submit(later);
        if (!status.ok() && status.error().code == Code::kUnavailable) break;
        submitted += status.ok();  // or the queue is full
        std::this_thread::yield();
    }
    expect_ended(*runner, submitted, "the apply thread has failed: a bad record");
    EXPECT_EQ(fold.count, 2u);  // nothing is applied behind what threw
}

TEST_F(RunnerExceptionsTest, AFoldThatThrowsUnderASubmitterEndsEverythingWithAnswers) {
    ThrowingFold fold;
    auto runner = start_fallible(fold, true);
    // The apply thread begins with the role; it has given it back once a command has run.
    std::size_t submitted = 0;
    std::thread::id ran;
    while (ran != std::this_thread::get_id()) {
        auto probe = command([&](Turn&) { ran = std::this_thread::get_id(); },
                             [this](const Status& status) { answered(status); });
        probe->is_brief = true;
        probe->append_bytes_max = 256;
        ASSERT_TRUE(runner->submit(probe).ok());
        ASSERT_TRUE(append_text(*runner, "x").ok());
        ++submitted;
    }
    Commands commands;
    for (const char* text : {"a", "b", "bad", "c", "d"}) commands.push_back(appends(text));
    ASSERT_TRUE(runner->submit_all(commands).ok());
    auto later = appends("later");
    EXPECT_EQ(runner->submit(later).error().code, Code::kUnavailable);
    expect_ended(*runner, submitted + 5, "a submitting thread has failed: a bad record");
}

TEST_F(RunnerExceptionsTest, WhatThrewIsNotMadeDurable) {
    ThrowingFold fold;
    auto runner = start_fallible(fold);
    ASSERT_TRUE(append_text(*runner, "a").ok());
    EXPECT_EQ(append_text(*runner, "bad").error().code, Code::kUnavailable);
    EXPECT_FALSE(runner->stop(true).ok());
    runner.reset();
    reopen();
    EXPECT_EQ(log_->next_lsn(), 2u);
}

TEST_F(RunnerExceptionsTest, AnAnswerThatThrowsOnTheCommitThreadKeepsNoOtherFromItsOwn) {
    HashFold fold;
    auto runner = start_fallible(fold);
    Commands commands;
    commands.push_back(appends("a"));
    commands.push_back(command([](Turn& turn) { append_now(turn, RecordType::kEvent, "b"); },
                               [](const Status&) { throw std::runtime_error("a bad answer"); }));
    for (const char* text : {"c", "d"}) commands.push_back(appends(text));
    ASSERT_TRUE(runner->submit_all(commands).ok());
    Status later;
    while (later.ok()) later = append_text(*runner, "later");
    EXPECT_EQ(later.error().code, Code::kUnavailable);
    expect_ended(*runner, 3, "the commit thread has failed: a bad answer");
}

TEST_F(RunnerExceptionsTest, WhoWaitsForRoomIsToldThatNobodyMakesIt) {
    HashFold fold;
    auto runner = start_fallible(fold);
    Commands commands;
    commands.push_back(command([](Turn&) {},
                               [](const Status&) {
                                   // Meanwhile whoever applies fills the segment, and waits.
                                   std::this_thread::sleep_for(std::chrono::milliseconds(50));
                                   throw std::runtime_error("a bad answer");
                               }));
    const std::string text(10'000, 'x');
    for (int i = 0; i < 100; ++i) {
        commands.push_back(appends(text));
        commands.back()->append_bytes_max = 11'000;
    }
    ASSERT_TRUE(runner->submit(commands.front()).ok());
    commands.erase(commands.begin());
    ASSERT_TRUE(runner->submit_all(commands).ok());
    expect_ended(*runner, 100, "the commit thread has failed: a bad answer");
}

}  // namespace
}  // namespace volant::log
