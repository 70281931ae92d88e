// What a runner finds again: snapshots, the tail, and what retention left.
#include <cstdio>
#include <filesystem>
#include <thread>

#include "core/random.h"
#include "log/runner_fixture.h"
#include "log/snapshot_store.h"

namespace volant::log {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST_F(RunnerTest, AStartThatIsCancelledEndsBeforeTheLogDoesAndChangesNothing) {
    constexpr Lsn kRecords = 20'000;  // some blocks of the reader's
    for (Lsn i = 0; i < kRecords; ++i) log_->append({.clear = "x", .sealed = {}});
    ASSERT_TRUE(log_->commit(0).ok());
    HashFold fold;
    auto runner = make_runner(*log_, fold, clock_, with_snapshots());
    int asked = 0;
    runner->is_cancelled = [&] { return ++asked == 2; };
    const Status status = runner->start();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kCancelled);
    EXPECT_EQ(runner->applied_lsn(), fold.count);
    EXPECT_GT(fold.count, 0u);
    EXPECT_LT(fold.count, kRecords);
    EXPECT_FALSE(runner->progress().ready);
    EXPECT_TRUE(runner->stop(true).ok());
    runner.reset();
    EXPECT_FALSE(std::filesystem::exists(folder_ / "snapshots"));

    reopen();
    HashFold again;
    auto second = start(again, with_snapshots());
    EXPECT_EQ(again.count, kRecords);
    EXPECT_EQ(again.hash, replayed_hash());
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

// A fold whose snapshots serve its own definition alone; others can take them over.
class DefinedFold : public HashFold {
  public:
    explicit DefinedFold(std::uint64_t definition) : definition_(definition) {}
    void apply(const Record& record) override {
        HashFold::apply(record);
        ++applied;
    }
    void snapshot(std::string& out) const override {
        Writer(out).u64(definition_);
        HashFold::snapshot(out);
    }
    Status restore(std::string_view in) override {
        if (Cursor(in).u64() != definition_) return fail(Code::kConflict, "another definition");
        return HashFold::restore(in.substr(sizeof definition_));
    }
    Result<std::vector<std::string>> take_over(std::string_view in) override {
        if (refuses) return fail(Code::kInvalidSpec, "asks for what is gone");
        VOLANT_OK(HashFold::restore(in.substr(sizeof definition_)));
        from = count;
        return std::vector<std::string>{"something begins late"};
    }

    bool refuses = false;
    std::uint64_t applied = 0;  // records, by this object
    std::uint64_t from = 0;     // records in what was taken over

  private:
    const std::uint64_t definition_;
};

class DefinitionTest : public RunnerTest {
  protected:
    // Lives through `days` of 20 records of a kilobyte each; retention keeps ten days.
    void live(Runner& runner, int days) {
        for (int day = 0; day < days; ++day) {
            const Status lived = call(
                runner,
                [&](Turn& turn) {
                    for (int i = 0; i < 20; ++i) {
                        const std::string text =
                            std::to_string(++written_) + std::string(1000, 'x');
                        const Lsn lsn = turn.append({.clear = text, .sealed = {}});
                        whole_.apply(
                            {.lsn = lsn, .known_at = turn.now(), .clear = text, .sealed = {}});
                    }
                },
                clock_.now() + kDay);
            ASSERT_TRUE(lived.ok());
        }
    }
    RunnerOptions with_retention() {
        RunnerOptions options = with_snapshots(100);
        options.simulated = &clock_;
        options.retention = 10 * kDay;
        return options;
    }
    // An empty workspace.
    void begin_anew() {
        std::filesystem::remove_all(folder_);
        log_.reset();
        const auto names = disk_.list("log");
        for (const std::string& name : *names) ASSERT_TRUE(disk_.remove("log/" + name).ok());
        log_ = *make_log(disk_, "log", kSmall);
        whole_.count = whole_.hash = 0;
    }
    // Until the log's beginning is gone.
    void lose_the_beginning(std::uint64_t definition) {
        for (int i = 0; i < 6; ++i) {
            DefinedFold fold(definition);
            auto runner = start(fold, with_retention());
            live(*runner, 7);
            ASSERT_TRUE(runner->stop(true).ok());
            reopen();
        }
        ASSERT_GT(log_->stat().first_lsn, 1u);
    }

    HashFold whole_;  // sees every record once
    std::uint64_t written_ = 0;
};

TEST_F(DefinitionTest, WithTheWholeLogItIsFoldedAnewAndTheNextStartHasASnapshotOfIt) {
    {
        DefinedFold fold(1);
        auto runner = start(fold, with_snapshots());
        for (int i = 0; i < 50; ++i) ASSERT_TRUE(append_text(*runner, std::to_string(i)).ok());
        ASSERT_TRUE(runner->stop(true).ok());
        reopen();
    }
    DefinedFold changed(2);
    auto runner = start(changed, with_snapshots());
    EXPECT_EQ(changed.applied, 50u);
    EXPECT_THAT(notes_, HasSubstr("read from its beginning"));
    ASSERT_TRUE(runner->stop(false).ok());  // the snapshot that it began with is finished
    reopen();
    DefinedFold again(2);
    auto third = start(again, with_snapshots());
    EXPECT_EQ(again.applied, 0u);
    EXPECT_EQ(again.hash, replayed_hash());
}

TEST_F(DefinitionTest, TheFirstSnapshotOutlivesTheThreadThatStarted) {
    {
        DefinedFold fold(1);
        auto runner = start(fold, with_snapshots());
        ASSERT_TRUE(append_text(*runner, "a").ok());
        ASSERT_TRUE(runner->stop(true).ok());
        reopen();
    }
    DefinedFold changed(2);
    std::unique_ptr<Runner> runner;
    std::thread([&] { runner = start(changed, with_snapshots()); }).join();
    ASSERT_TRUE(runner->stop(false).ok());
    EXPECT_THAT(notes_, Not(HasSubstr("could not be written")));
}

TEST_F(DefinitionTest, WithoutTheBeginningTheHorizonsSnapshotIsTakenOver) {
    lose_the_beginning(1);
    const Lsn horizon = SnapshotStore(with_retention().snapshots_dir).list()->front().lsn;
    DefinedFold changed(2);
    auto runner = start(changed, with_retention());
    EXPECT_EQ(changed.from, horizon);
    EXPECT_EQ(changed.hash, whole_.hash);
    EXPECT_THAT(notes_,
                HasSubstr("taken over from the snapshot at lsn " + std::to_string(horizon)));
    EXPECT_THAT(notes_, HasSubstr("something begins late"));
    ASSERT_TRUE(runner->stop(false).ok());
    reopen();
    DefinedFold again(2);
    auto third = start(again, with_retention());
    EXPECT_EQ(again.from, 0u);
    EXPECT_EQ(again.applied, 0u);
    EXPECT_EQ(third->snapshots().last, log_->next_lsn() - 1);
    EXPECT_GT(third->snapshots().horizon, 0u);
    EXPECT_EQ(third->snapshots().failed, 0u);
}

TEST_F(DefinitionTest, WhatCannotBeTakenOverIsRefusedAndNothingIsLost) {
    lose_the_beginning(1);
    DefinedFold changed(2);
    changed.refuses = true;
    auto refused = make_runner(*log_, changed, clock_, with_retention());
    const Status status = refused->start();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kInvalidSpec);
    refused.reset();
    DefinedFold old(1);
    auto runner = start(old, with_retention());
    EXPECT_EQ(old.hash, whole_.hash);
}

// Servers that die at any time, definitions that change at any start, snapshots that are damaged,
// retention that cuts: the state is always that of the whole log.
TEST_F(DefinitionTest, AnyScheduleOfDeathsChangesAndDamageKeepsTheState) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        begin_anew();
        Random random(seed);
        std::uint64_t definition = 1;
        for (int i = 0; i < 10; ++i) {
            if (random.chance(0.3)) ++definition;
            DefinedFold fold(definition);
            auto runner = start(fold, with_retention());
            ASSERT_EQ(fold.hash, whole_.hash) << "seed " << seed << ", start " << i;
            live(*runner, static_cast<int>(random.below(12)));
            ASSERT_TRUE(runner->stop(random.chance(0.5)).ok());
            runner.reset();
            reopen();
            const SnapshotStore store(with_retention().snapshots_dir);
            const auto all = store.list();
            if (all->size() > 2 && random.chance(0.3)) {
                // Not the horizon's, which is kept twice.
                const std::size_t damaged = 1 + random.below(all->size() - 1);
                ASSERT_TRUE(store.remove((*all)[damaged].lsn).ok());
            }
            ASSERT_TRUE(store.write(log_->next_lsn() + 5, 1, "half written").ok());
        }
        EXPECT_GT(log_->stat().first_lsn, 1u) << "seed " << seed;
    }
}

}  // namespace
}  // namespace volant::log
