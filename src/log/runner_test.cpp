#include "log/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "core/bytes.h"
#include "core/hash.h"
#include "log/memory_disk.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;

constexpr LogOptions kSmall{.segment_bytes = 256u << 10, .background = false};

// Counts records, and hashes them in order, so that a lost, doubled or moved one is seen.
class HashFold : public Fold {
  public:
    void apply(const Record& record) override {
        ++count;
        hash = hash_mix(hash, hash64(record.clear, record.lsn));
        if (record.type == RecordType::kTick) ++ticks;
        last_time = record.known_at;
        if (record.known_at >= deadline) deadline = kNever;
    }
    Micros next_deadline() const override { return deadline; }
    void snapshot(std::string& out) const override {
        Writer writer(out);
        writer.u64(count);
        writer.u64(hash);
    }
    Status restore(std::string_view in) override {
        Cursor cursor(in);
        count = cursor.u64();
        hash = cursor.u64();
        if (!cursor.ok() || !cursor.done()) return fail(Code::kCorrupt, "not a HashFold");
        return {};
    }

    std::uint64_t count = 0;
    std::uint64_t hash = 0;
    int ticks = 0;
    Micros last_time = 0;
    std::atomic<Micros> deadline{kNever};
};

// Runs `run` and remembers how it ended.
class TestCommand : public Command {
  public:
    using Run = std::function<void(Turn&)>;
    using Done = std::function<void(const Status&)>;
    TestCommand(Run run, Done done) : run_(std::move(run)), done_(std::move(done)) {}
    void run(Turn& turn) override { run_(turn); }
    void done(const Status& status) override { done_(status); }

  private:
    Run run_;
    Done done_;
};

std::unique_ptr<Command> command(TestCommand::Run run, TestCommand::Done done) {
    return std::make_unique<TestCommand>(std::move(run), std::move(done));
}

// Submits and waits for done().
Status call(Runner& runner, TestCommand::Run run, std::optional<Micros> simulated_time = {}) {
    std::promise<Status> promise;
    auto submitted = command(std::move(run), [&](const Status& s) { promise.set_value(s); });
    submitted->simulated_time = simulated_time;
    const Status status = runner.submit(submitted);
    if (!status.ok()) return status;
    return promise.get_future().get();
}

Status append_text(Runner& runner, std::string text) {
    return call(runner, [text](Turn& turn) {
        turn.append({.type = RecordType::kEvent, .clear = text, .sealed = {}});
    });
}

class RunnerTest : public testing::Test {
  protected:
    void SetUp() override {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() /
                  ("volant_runner_" + std::to_string(::getpid()) + "_" + info->name());
        std::filesystem::remove_all(folder_);
        log_ = *make_log(disk_, "log", kSmall);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    RunnerOptions with_snapshots(std::uint64_t every = 1'000'000) const {
        RunnerOptions options;
        options.snapshots_dir = folder_ / "snapshots";
        options.snapshot_every = every;
        return options;
    }
    std::unique_ptr<Runner> start(Fold& fold, RunnerOptions options = {}) {
        auto runner = make_runner(*log_, fold, clock_, std::move(options));
        runner->on_note = [this](const std::string& text) { notes_ += text + "\n"; };
        const Status status = runner->start();
        EXPECT_TRUE(status.ok());
        return runner;
    }
    void reopen() {
        log_.reset();
        log_ = *make_log(disk_, "log", kSmall);
    }
    // Of a fold that has read the whole log.
    std::uint64_t replayed_hash() const {
        HashFold fold;
        auto reader = log_->read(1);
        Record record;
        while (*(*reader)->next(record)) fold.apply(record);
        return fold.hash;
    }

    std::filesystem::path folder_;
    MemoryDisk disk_;
    std::unique_ptr<Log> log_;
    ManualClock clock_{1'000 * kSecond};
    std::string notes_;
};

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

}  // namespace
}  // namespace volant::log
