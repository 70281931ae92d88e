// A short history of a log, crashed at every operation with every subset of what was not synced
// kept or lost: sectors, and names in a folder. Some thousand to some hundred thousand runs, each
// of a few files of three sectors.
#include <gtest/gtest.h>

#include <functional>

#include "log/crash_account.h"
#include "log/fault_disk.h"

namespace volant::log {
namespace {

constexpr LogOptions kThreeSectors{.segment_bytes = 3 * 512, .background = false};

// Gives every sequence of choices once, whatever they depend on, the last one fastest.
class Odometer {
  public:
    std::size_t choose(std::size_t ways) {
        if (at_ == digits_.size()) digits_.push_back({0, ways});
        VOLANT_CHECK(digits_[at_].ways == ways);  // or what runs does not depend on choices alone
        return digits_[at_++].value;
    }
    // False once all were given.
    bool next() {
        at_ = 0;
        while (!digits_.empty() && ++digits_.back().value == digits_.back().ways)
            digits_.pop_back();
        return !digits_.empty();
    }

  private:
    struct Digit {
        std::size_t value, ways;
    };
    std::vector<Digit> digits_;
    std::size_t at_ = 0;
};

// One run: a life that ends with the crash, perhaps a second that crashes while it recovers, and a
// last one that must find what was acknowledged and can go on.
class Run {
  public:
    Run(Odometer& odometer, bool sync_lies)
        : disk_([&odometer](std::size_t ways) { return odometer.choose(ways); }) {
        disk_.set_sync_lies(sync_lies);
    }

    // False if the life was over before.
    bool live(std::uint64_t crash_at, const std::function<void(Log&, CrashAccount&)>& life) {
        disk_.crash_after(crash_at);
        if (auto log = open()) life(*log, account_);
        if (!disk_.crashed()) return false;
        disk_.restart();
        return true;
    }
    std::string recover_and_go_on() {
        for (int i = 0; i < 2 && violation_.empty(); ++i) {
            auto log = open();  // the second time a killed process finds the page cache
            if (!log) return violation_.empty() ? "it does not open" : violation_;
            account_.append(*log, "after");
            if (!log->commit(0).ok()) return "it does not go on";
            account_.acknowledge();
        }
        return violation_;
    }

  private:
    std::unique_ptr<Log> open() {
        auto log = make_log(disk_, "log", kThreeSectors);
        if (!log.ok()) {
            if (log.error().code == Code::kCorrupt) violation_ = log.error().message;
            return nullptr;
        }
        if (std::string found = account_.check(**log); !found.empty()) violation_ = found;
        return std::move(*log);
    }

    FaultDisk disk_;
    CrashAccount account_;
    std::string violation_;
};

// A batch of records of these sizes; whether to go on.
bool commit(Log& log, CrashAccount& account, std::initializer_list<std::size_t> sizes) {
    for (const std::size_t size : sizes) {
        const char letter = static_cast<char>('a' + log.next_lsn() % 26);
        account.append(log, std::string(size, letter));
    }
    if (!log.commit(0).ok()) return false;
    account.acknowledge();
    return true;
}

// Batches in one sector, across two and three, claims, a segment that is full, one that is used
// again with old batches in it.
void long_life(Log& log, CrashAccount& account) {
    if (!commit(log, account, {10})) return;
    if (!commit(log, account, {200, 300})) return;
    if (!log.claim().ok()) return;
    if (!commit(log, account, {700})) return;  // the next segment
    if (!commit(log, account, {400})) return;
    if (!commit(log, account, {650})) return;  // and the next
    account.let_go_before(4);
    if (!log.drop_before(4).ok()) return;
    if (!commit(log, account, {700})) return;  // the first one again
    if (!commit(log, account, {100, 100})) return;
    (void)log.close();
}

void short_life(Log& log, CrashAccount& account) {
    if (!commit(log, account, {10})) return;
    (void)commit(log, account, {700});
}

// Runs `life` with every outcome of a crash at every operation; what the first bad one violated.
// `crash_again`: and of another at every operation of the recovery.
struct Found {
    std::uint64_t crashes = 0, runs = 0, bad = 0;
    std::string first;
};
Found every_outcome(const std::function<void(Log&, CrashAccount&)>& life, bool crash_again,
                    bool sync_lies = false) {
    Found found;
    const auto judge = [&](std::string violation, const std::string& where) {
        ++found.runs;
        if (violation.empty()) return;
        if (found.bad++ == 0) found.first = violation + " (" + where + ")";
    };
    // The outcomes of one place, and the place of the second crash; false: the life ends before.
    const auto outcomes = [&](std::uint64_t first, std::uint64_t second) {
        Odometer odometer;
        bool crashed_again = false;
        do {
            Run run(odometer, sync_lies);
            if (!run.live(first, life)) return false;
            if (second > 0) {
                const bool again = run.live(second, [](Log&, CrashAccount&) {});
                crashed_again |= again;
                if (!again) continue;
            }
            judge(run.recover_and_go_on(), "crash at operation " + std::to_string(first) +
                                               ", then " + std::to_string(second));
        } while (odometer.next());
        return second == 0 || crashed_again;
    };
    for (std::uint64_t first = 1; outcomes(first, 0); ++first) {
        ++found.crashes;
        for (std::uint64_t second = 1; crash_again && outcomes(first, second); ++second) {
        }
    }
    return found;
}

TEST(CrashExhaustive, EveryOutcomeOfACrashKeepsWhatWasAcknowledged) {
    const Found found = every_outcome(long_life, false);
    EXPECT_EQ(found.first, "") << found.bad << " of " << found.runs;
    EXPECT_GT(found.crashes, 40u);
    EXPECT_GT(found.runs, 300u);
}

TEST(CrashExhaustive, EveryOutcomeOfACrashWhileACrashIsRecoveredToo) {
    const Found found = every_outcome(short_life, true);
    EXPECT_EQ(found.first, "") << found.bad << " of " << found.runs;
    EXPECT_GT(found.runs, 4'000u);
}

TEST(CrashExhaustive, WithoutSyncsTheSameRunsFindLosses) {
    const auto life = [](Log& log, CrashAccount& account) {
        if (commit(log, account, {10})) (void)commit(log, account, {10});
    };
    EXPECT_EQ(every_outcome(life, false).bad, 0u);
    EXPECT_GT(every_outcome(life, false, true).bad, 100u);
}

}  // namespace
}  // namespace volant::log
