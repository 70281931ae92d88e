#include "log/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <future>
#include <thread>

#include "core/bytes.h"
#include "core/hash.h"
#include "log/fault_disk.h"
#include "log/memory_disk.h"
#include "log/snapshot_store.h"

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

// A disk whose syncs wait until the test lets them go.
class GatedDisk : public MemoryDisk {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path) override {
        VOLANT_TRY(auto file, MemoryDisk::open(path));
        return std::unique_ptr<File>(new GatedFile(*this, std::move(file)));
    }
    void close_gate() { open_ = false; }
    void open_gate() {
        open_ = true;
        open_.notify_all();
    }

  private:
    class GatedFile : public File {
      public:
        GatedFile(GatedDisk& disk, std::unique_ptr<File> file)
            : disk_(disk), file_(std::move(file)) {}
        Status write(std::uint64_t offset, std::string_view bytes) override {
            return file_->write(offset, bytes);
        }
        Status sync() override {
            disk_.open_.wait(false);
            return file_->sync();
        }
        Result<std::size_t> read(std::uint64_t offset, char* out, std::size_t size) const override {
            return file_->read(offset, out, size);
        }
        Result<std::uint64_t> size() const override { return file_->size(); }

      private:
        GatedDisk& disk_;
        const std::unique_ptr<File> file_;
    };
    std::atomic<bool> open_{true};
};

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

TEST_F(RunnerTest, AFullDiskRefusesCommandsUnrunAndLetsReadersPass) {
    FaultDisk disk(1);
    disk.set_capacity(6 * 16 * 1024);
    auto log = *make_log(disk, "log", {.segment_bytes = 16u << 10, .background = false});
    HashFold fold;
    auto runner = make_runner(*log, fold, clock_, {});
    ASSERT_TRUE(runner->start().ok());
    const std::string text(500, 'x');
    const auto append = [&](Lsn& ran) -> Status {
        std::promise<Status> promise;
        auto next = command([&](Turn& turn) { ran = turn.append({.clear = text, .sealed = {}}); },
                            [&](const Status& status) { promise.set_value(status); });
        next->append_bytes_max = 600;
        EXPECT_TRUE(runner->submit(next).ok());
        return promise.get_future().get();
    };
    Status status;
    Lsn ran = 0;
    while (status.ok()) status = append(ran);
    EXPECT_EQ(status.error().code, Code::kStorageFull);
    EXPECT_EQ(fold.count, ran);
    EXPECT_EQ(log->durable_lsn(), ran);

    std::promise<Status> promise;
    auto reader = command([](Turn&) {}, [&](const Status& s) { promise.set_value(s); });
    reader->append_bytes_max = 0;
    ASSERT_TRUE(runner->submit(reader).ok());
    EXPECT_TRUE(promise.get_future().get().ok());

    ASSERT_TRUE(log->drop_before(ran).ok());
    EXPECT_TRUE(append(ran).ok());
    EXPECT_TRUE(runner->stop(false).ok());
}

TEST_F(RunnerTest, AFailedSyncEndsEverythingLoudly) {
    FaultDisk disk(1);
    auto log = *make_log(disk, "log", kSmall);
    HashFold fold;
    auto runner = make_runner(*log, fold, clock_, {});
    std::atomic<int> fatal{0};
    runner->on_fatal = [&](const Error& error) {
        EXPECT_EQ(error.code, Code::kUnavailable);
        ++fatal;
    };
    ASSERT_TRUE(runner->start().ok());
    ASSERT_TRUE(append_text(*runner, "a").ok());
    disk.fail(DiskOperation::kSync, 1, EIO);
    EXPECT_EQ(append_text(*runner, "b").error().code, Code::kUnavailable);
    EXPECT_EQ(append_text(*runner, "c").error().code, Code::kUnavailable);
    EXPECT_EQ(fatal, 1);
    EXPECT_EQ(log->durable_lsn(), 1u);
    const Status stopped = runner->stop(true);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, Code::kUnavailable);
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
    for (const auto& header : *store.list()) {
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
