#include "log/runner.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "log/caught.h"
#include "log/committer.h"
#include "log/recover.h"
#include "log/snapshot_keeper.h"
#include "log/wake.h"

namespace volant::log {
namespace {

// Whoever applies hands over at least this often, so that the disk starts before a long run of
// commands has ended: after so many, or so many bytes for the log.
constexpr std::size_t kHandOverEvery = 256;
constexpr std::size_t kHandOverBytes = 128u << 10;
// A submitter runs no more than this at once. More pay for waking the apply thread, which then runs
// them while the network thread reads on.
constexpr std::size_t kBriefMax = 16;
// Commands that are done wait for a submitter to free them; more, or large ones, are freed at once.
constexpr std::size_t kSpentMax = 1024;
constexpr std::size_t kSpentBytes = 256u << 10;  // of one, by what it could append
constexpr std::chrono::milliseconds kTickWaitMin{1};

using Commands = std::vector<std::unique_ptr<Command>>;

class LogRunner : public Runner, private Turn {
  public:
    LogRunner(Log& log, Fold& fold, Clock& clock, RunnerOptions options)
        : log_(log), fold_(fold), clock_(clock), options_(std::move(options)) {}
    ~LogRunner() override {
        if (apply_thread_.joinable()) (void)stop(false);
    }

    Status start() override;
    Status submit(std::unique_ptr<Command>& command) override;
    Status submit_all(Commands& commands) override;
    Status stop(bool snapshot) override;
    Progress progress() const override { return {applied_.load(), target_.load(), ready_.load()}; }
    Lsn applied_lsn() const override { return applied_.load(std::memory_order_acquire); }
    Lsn durable_lsn() const override { return log_.durable_lsn(); }
    SnapshotFigures snapshots() const override {
        return keeper_ ? keeper_->figures() : SnapshotFigures{};
    }

  private:
    // Turn, for the command that runs.
    Micros now() const override { return now_; }
    Lsn next_lsn() const override { return applied_.load(std::memory_order_relaxed) + 1; }
    Lsn append(Record record) override;
    Status make_room(std::size_t bytes) override;

    // Any thread, with the queue locked; apply_or_wake() unlocks it.
    void enqueue(std::unique_ptr<Command> command);
    void take_queue();
    void apply_or_wake(std::unique_lock<std::mutex>& lock);
    void give_back_role();

    // Apply thread.
    void apply_loop();
    bool pass_role_and_wait();
    std::optional<std::chrono::microseconds> time_to_tick() const;

    // Whoever applies.
    void apply_taken();
    bool snapshot_is_due() const;
    void run_all(Commands& commands);
    Status run_one(Command& command);
    void tick_if_due(Micros time);
    void hand_over();

    void log_failed(const Error& error);  // commit thread

    template <class Work>
    void guarded(std::string_view who, Work work);
    void refuse_taken() noexcept;
    Status refused(std::size_t outstanding_before) const;
    void keep_spent(std::vector<Finished>& answered);  // commit thread
    void note(const std::string& text) const {
        if (on_note) on_note(text);
    }

    // Constant after start().
    Log& log_;
    Fold& fold_;
    Clock& clock_;
    const RunnerOptions options_;
    std::optional<SnapshotStore> store_;
    std::unique_ptr<SnapshotKeeper> keeper_;

    // Any thread.
    std::atomic<Lsn> applied_{0};
    std::atomic<Lsn> target_{0};
    std::atomic<bool> ready_{false};
    std::atomic<bool> failed_{false};
    std::atomic<std::size_t> outstanding_{0};  // submitted and not yet done

    std::mutex queue_mutex_;
    std::condition_variable queue_filled_;
    Commands queue_;               // guarded by queue_mutex_
    Commands spent_;               // done; guarded by queue_mutex_
    bool queue_is_brief_ = true;   // all of queue_ is; guarded by queue_mutex_
    std::size_t queue_bytes_ = 0;  // that queue_ may append; guarded by queue_mutex_
    bool role_taken_ = true;       // somebody applies; guarded by queue_mutex_
    bool applier_waits_ = false;   // guarded by queue_mutex_
    bool applier_wanted_ = false;  // for a tick or a snapshot; guarded by queue_mutex_
    bool stopping_ = false;        // guarded by queue_mutex_

    // Of whoever applies.
    Commands taken_;
    Micros deadline_seen_ = kNever;  // the fold's, when the apply thread last had the role
    Micros now_ = INT64_MIN;
    Micros last_tick_ = INT64_MIN;
    Lsn last_snapshot_ = 0;
    bool snapshot_wanted_ = false;    // at the start
    std::size_t appended_bytes_ = 0;  // since hand_over()
    std::vector<Finished> run_;

    Committer committer_{log_, [this](const Error& error) { log_failed(error); },
                         [this](std::vector<Finished>& answered) { keep_spent(answered); }};

    std::thread apply_thread_;
    std::thread commit_thread_;
};

Status LogRunner::start() {
    target_ = log_.next_lsn() - 1;
    if (!options_.snapshots_dir.empty()) {
        store_.emplace(options_.snapshots_dir);
        keeper_ = std::make_unique<SnapshotKeeper>(log_, *store_, options_.retention, failed_,
                                                   [this](const std::string& text) { note(text); });
    }
    VOLANT_TRY(const Recovered recovered, recover(
                                              log_, fold_, store_ ? &*store_ : nullptr,
                                              [this](Lsn lsn) {
                                                  applied_ = lsn;
                                                  return !is_cancelled || !is_cancelled();
                                              },
                                              [this](const std::string& text) { note(text); }));
    applied_ = recovered.applied;
    last_snapshot_ = recovered.snapshot;
    now_ = recovered.time;
    if (options_.simulated) {
        (void)options_.simulated->advance_to(now_);  // false: it is ahead already
        now_ = options_.simulated->now();
    }
    snapshot_wanted_ = recovered.snapshot_due && keeper_;
    apply_thread_ = std::thread([this] { apply_loop(); });
    commit_thread_ = std::thread([this] { committer_.run(); });
    ready_ = true;
    return {};
}

void LogRunner::log_failed(const Error& error) {
    failed_ = true;
    if (on_fatal) on_fatal(error);
}

Status LogRunner::refused(std::size_t outstanding_before) const {
    if (!ready_) {
        return fail(Code::kRecovering, "the log is being read: " + std::to_string(applied_) +
                                           " of " + std::to_string(target_) + " records");
    }
    if (failed_)
        return fail(Code::kUnavailable, "the server has failed; nothing is accepted any more");
    if (outstanding_before >= options_.queue_max) {
        return fail(Code::kOverloaded,
                    std::to_string(options_.queue_max) + " requests are waiting already");
    }
    return {};
}

void LogRunner::keep_spent(std::vector<Finished>& answered) {
    outstanding_.fetch_sub(answered.size(), std::memory_order_relaxed);
    const std::lock_guard lock(queue_mutex_);
    for (Finished& finished : answered) {
        if (spent_.size() == kSpentMax) break;
        if (finished.command->append_bytes_max <= kSpentBytes)
            spent_.push_back(std::move(finished.command));
    }
}

Status LogRunner::submit(std::unique_ptr<Command>& command) {
    VOLANT_OK(refused(outstanding_.load(std::memory_order_relaxed)));
    Commands spent;
    std::unique_lock lock(queue_mutex_);
    if (stopping_) return fail(Code::kUnavailable, "the server is stopping");
    spent.swap(spent_);
    outstanding_.fetch_add(1, std::memory_order_relaxed);
    enqueue(std::move(command));
    apply_or_wake(lock);
    return {};
}

Status LogRunner::submit_all(Commands& commands) {
    const std::size_t before = outstanding_.load(std::memory_order_relaxed);
    VOLANT_OK(refused(before));
    Commands spent;
    std::unique_lock lock(queue_mutex_);
    if (stopping_) return fail(Code::kUnavailable, "the server is stopping");
    spent.swap(spent_);
    const std::size_t count = std::min(commands.size(), options_.queue_max - before);
    outstanding_.fetch_add(count, std::memory_order_relaxed);
    const auto end = commands.begin() + static_cast<std::ptrdiff_t>(count);
    for (auto it = commands.begin(); it != end; ++it) enqueue(std::move(*it));
    commands.erase(commands.begin(), end);
    apply_or_wake(lock);
    if (!commands.empty()) return refused(options_.queue_max);
    return {};
}

void LogRunner::enqueue(std::unique_ptr<Command> command) {
    queue_is_brief_ &= command->is_brief;
    queue_bytes_ += command->append_bytes_max;
    queue_.push_back(std::move(command));
}

void LogRunner::take_queue() {
    role_taken_ = true;
    std::swap(taken_, queue_);
    queue_is_brief_ = true;
    queue_bytes_ = 0;
}

// Whoever has the role looks at the queue before it gives the role back, so that nobody need be
// woken while it is taken.
void LogRunner::apply_or_wake(std::unique_lock<std::mutex>& lock) {
    if (role_taken_) return lock.unlock();
    // Without room in the log a command waits, which is for the apply thread to do.
    const bool here = options_.submitters_apply && queue_is_brief_ && queue_.size() <= kBriefMax &&
                      !applier_wanted_ && log_.has_room(queue_bytes_);
    if (!here) return wake(lock, queue_filled_, applier_waits_);
    take_queue();
    lock.unlock();
    guarded("a submitting thread", [this] { apply_taken(); });
    give_back_role();
}

void LogRunner::give_back_role() {
    const bool sooner = !options_.simulated && !failed_ && fold_.next_deadline() < deadline_seen_;
    const bool due = snapshot_is_due() || sooner;
    std::unique_lock lock(queue_mutex_);
    role_taken_ = false;
    applier_wanted_ |= due;
    if (queue_.empty() && !applier_wanted_ && !stopping_) return;
    wake(lock, queue_filled_, applier_waits_);
}

Status LogRunner::stop(bool snapshot) {
    {
        const std::lock_guard lock(queue_mutex_);
        stopping_ = true;
    }
    queue_filled_.notify_all();
    if (apply_thread_.joinable()) apply_thread_.join();
    if (commit_thread_.joinable()) commit_thread_.join();
    spent_.clear();
    if (committer_.failure()) return *committer_.failure();
    if (snapshot && ready_ && keeper_ && applied_ > last_snapshot_) {
        VOLANT_OK(keeper_->write_now(fold_, applied_, now_));
        last_snapshot_ = applied_;
    }
    return log_.close();
}

// --- apply thread ---

// It begins with the role.
void LogRunner::apply_loop() {
    // So that the log is not folded under this definition, from where no snapshot is of it, again.
    // Not by start(): its thread may end, and the child with it.
    guarded("the apply thread", [this] {
        if (snapshot_wanted_ && keeper_->start(fold_, applied_, now_)) last_snapshot_ = applied_;
    });
    do {
        guarded("the apply thread", [this] {
            if (!options_.simulated) {
                now_ = std::max(now_, clock_.now());
                tick_if_due(now_);
            }
            apply_taken();
            if (snapshot_is_due() && keeper_->start(fold_, applied_, now_))
                last_snapshot_ = applied_;
        });
    } while (pass_role_and_wait());
    if (keeper_) keeper_->finish();  // its child dies with the thread that forked it
    committer_.end();
}

// Gives the role back, and takes it again with what is queued then; with nothing when a tick or a
// snapshot may be due. False, and no role, once stopping and empty.
bool LogRunner::pass_role_and_wait() {
    deadline_seen_ = failed_ ? kNever : fold_.next_deadline();
    const auto wait = time_to_tick();
    const auto until = std::chrono::steady_clock::now() + wait.value_or(kTickWaitMin);
    std::unique_lock lock(queue_mutex_);
    role_taken_ = false;
    while (role_taken_ || (queue_.empty() && !stopping_ && !applier_wanted_)) {
        applier_waits_ = true;
        if (!wait || applier_wanted_) {
            queue_filled_.wait(lock);
        } else if (queue_filled_.wait_until(lock, until) == std::cv_status::timeout) {
            applier_wanted_ = true;
        }
    }
    applier_waits_ = applier_wanted_ = false;
    if (queue_.empty() && stopping_) return false;
    take_queue();
    return true;
}

std::optional<std::chrono::microseconds> LogRunner::time_to_tick() const {
    if (options_.simulated || failed_) return std::nullopt;
    const Micros deadline = fold_.next_deadline();
    if (deadline == kNever) return std::nullopt;
    const Micros left = std::min(deadline - std::min(deadline, clock_.now()), options_.tick_every);
    return std::max<std::chrono::microseconds>(std::chrono::microseconds(left), kTickWaitMin);
}

// --- whoever applies ---

// After an exception the fold is not what the log says, and the log may hold what ended it: nothing
// more is applied, and nothing of it kept. Everybody still gets an answer.
template <class Work>
void LogRunner::guarded(std::string_view who, Work work) {
    const Status status = caught(who, [&] {
        work();
        return Status();
    });
    if (status.ok()) return;
    failed_ = true;
    committer_.fail(status.error());
    refuse_taken();
}

// What had run waits in run_, behind it the rest. Without the memory for that the process ends.
void LogRunner::refuse_taken() noexcept {
    for (std::unique_ptr<Command>& command : taken_) {
        if (command) run_.push_back({std::move(command), fail(Code::kUnavailable, "not run")});
    }
    taken_.clear();
    hand_over();
}

bool LogRunner::snapshot_is_due() const {
    return keeper_ && !failed_ && applied_ - last_snapshot_ >= options_.snapshot_every &&
           !keeper_->rests();
}

void LogRunner::apply_taken() {
    run_all(taken_);
    taken_.clear();
    hand_over();
}

void LogRunner::run_all(Commands& commands) {
    for (std::unique_ptr<Command>& command : commands) {
        Status status = run_one(*command);
        run_.emplace_back();  // first: without memory for it the command is still where it was
        run_.back() = {std::move(command), std::move(status)};
        if (run_.size() >= kHandOverEvery || appended_bytes_ >= kHandOverBytes) hand_over();
    }
}

Status LogRunner::run_one(Command& command) {
    if (failed_) return fail(Code::kUnavailable, "the server has failed");
    VOLANT_OK(make_room(command.append_bytes_max));
    if (!options_.simulated) {
        now_ = std::max(now_, clock_.now());
    } else if (command.simulated_time) {
        const Micros time = *command.simulated_time;
        if (time < now_ || !options_.simulated->advance_to(time)) {
            return fail(Code::kTimeOutOfRange, "the simulated time " + format_time(time) +
                                                   " lies before the clock, " + format_time(now_));
        }
        now_ = time;
        tick_if_due(now_);
    } else {
        now_ = std::max(now_, clock_.now());
    }
    command.run(*this);
    return {};
}

Status LogRunner::make_room(std::size_t bytes) {
    if (bytes == 0 || log_.has_room(bytes)) return {};
    hand_over();  // or nobody would make the room that reserve() waits for
    return log_.reserve(bytes);
}

Lsn LogRunner::append(Record record) {
    if (!(record.flags & kKnownAtAssumed)) record.known_at = now_;
    record.lsn = log_.append(record);
    fold_.apply(record);
    applied_.store(record.lsn, std::memory_order_release);
    appended_bytes_ += encoded_size(record);
    return record.lsn;
}

void LogRunner::tick_if_due(Micros time) {
    if (failed_ || fold_.next_deadline() > time) return;
    const bool soon = last_tick_ != INT64_MIN && time - last_tick_ < options_.tick_every;
    if (soon && !options_.simulated) return;
    // On a full disk what is due waits; it then comes with the first record that fits.
    if (!log_.has_room(0)) return;
    last_tick_ = time;
    append({.type = RecordType::kTick, .event_time = time, .clear = {}, .sealed = {}});
}

void LogRunner::hand_over() {
    if (run_.empty() && appended_bytes_ == 0) return;
    committer_.hand_over(run_, appended_bytes_ != 0);
    appended_bytes_ = 0;
}

}  // namespace

std::unique_ptr<Runner> make_runner(Log& log, Fold& fold, Clock& clock, RunnerOptions options) {
    return std::make_unique<LogRunner>(log, fold, clock, std::move(options));
}

Lsn append_now(Turn& turn, RecordType type, std::string_view clear) {
    Record record;
    record.type = type;
    record.event_time = turn.now();
    record.clear = clear;
    return turn.append(record);
}

}  // namespace volant::log
