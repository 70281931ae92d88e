// What the tests of the runner share: a fold that sees every difference, commands made of two
// functions, and a fixture with a log in memory.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>

#include "core/bytes.h"
#include "core/hash.h"
#include "log/memory_disk.h"
#include "log/runner.h"

namespace volant::log {

inline constexpr LogOptions kSmall{.segment_bytes = 256u << 10, .background = false};

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

inline std::unique_ptr<Command> command(TestCommand::Run run, TestCommand::Done done) {
    return std::make_unique<TestCommand>(std::move(run), std::move(done));
}

// Submits and waits for done().
inline Status call(Runner& runner, TestCommand::Run run,
                   std::optional<Micros> simulated_time = {}) {
    std::promise<Status> promise;
    auto submitted = command(std::move(run), [&](const Status& s) { promise.set_value(s); });
    submitted->simulated_time = simulated_time;
    const Status status = runner.submit(submitted);
    if (!status.ok()) return status;
    return promise.get_future().get();
}

inline Status append_text(Runner& runner, std::string text) {
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

}  // namespace volant::log
