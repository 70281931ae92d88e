#include "log/snapshot_keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace volant::log {
namespace {

constexpr int kFirstInherited = 3;  // after stdin, stdout, stderr
constexpr int kChildNice = 10;
// After a snapshot that took a second the next begins no sooner than so many seconds later.
constexpr int kRestFactor = 10;

// When memory is short the child is to go, not the server; a failure changes nothing.
void offer_to_the_oom_killer() {
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    (void)!::write(file, "1000", 4);
    ::close(file);
}

// Runs in the child: the forking thread is the only one.
[[noreturn]] void write_in_child(const SnapshotStore& store, const Fold& fold, Lsn lsn,
                                 Micros time) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // A lock or a port must not stay taken for as long as this child outlives a killed server.
    ::close_range(kFirstInherited, ~0u, 0);
    (void)!::nice(kChildNice);
    offer_to_the_oom_killer();
    const Status written = store.write(lsn, time, [&fold](Pieces& out) { fold.stream(out); });
    ::_exit(written.ok() ? 0 : 1);
}

}  // namespace

SnapshotKeeper::SnapshotKeeper(Log& log, SnapshotStore store, Micros retention,
                               const std::atomic<bool>& log_failed,
                               std::function<void(const std::string&)> note)
    : log_(log),
      store_(std::move(store)),
      retention_(retention),
      log_failed_(log_failed),
      note_(std::move(note)) {
    look();
}

SnapshotFigures SnapshotKeeper::figures() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

void SnapshotKeeper::count_failed() {
    const std::lock_guard lock(mutex_);
    ++figures_.failed;
}

void SnapshotKeeper::look() {
    const auto all = store_.list();
    const Lsn first = log_.stat().first_lsn;
    const std::lock_guard lock(mutex_);
    figures_.horizon = first - 1;
    if (!all.ok() || all->empty()) return;
    figures_.last = all->back().lsn;
    figures_.time = all->back().time;
}

bool SnapshotKeeper::rests() const {
    return busy_ || std::chrono::steady_clock::now() < rests_until_;
}

bool SnapshotKeeper::start(const Fold& fold, Lsn lsn, Micros time) {
    if (rests()) return false;
    finish();
    began_ = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) write_in_child(store_, fold, lsn, time);
    if (child < 0) {
        count_failed();
        note_("snapshot skipped: the machine gives no new process");
        return true;  // not again at every command: in a while
    }
    busy_ = true;
    waiter_ = std::thread([this, child, lsn, time] { await(child, lsn, time); });
    return true;
}

void SnapshotKeeper::finish() {
    if (waiter_.joinable()) waiter_.join();
}

void SnapshotKeeper::await(int child, Lsn lsn, Micros time) {
    int state = 0;
    while (::waitpid(child, &state, 0) < 0 && errno == EINTR) {
    }
    const std::string name = "snapshot at lsn " + std::to_string(lsn);
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
        count_failed();
        note_(name + " could not be written; the log is kept from the one before it");
    } else {
        // The child is slower than a commit, so this waits only if the log has failed.
        while (log_.durable_lsn() < lsn && !log_failed_) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        if (log_.durable_lsn() >= lsn) {
            const Status status = adopt(lsn, time);
            if (!status.ok()) {
                count_failed();
                note_(name + ": " + status.error().message);
            }
        }
    }
    const auto end = std::chrono::steady_clock::now();
    rests_until_ = end + kRestFactor * (end - began_);
    busy_ = false;
}

Status SnapshotKeeper::adopt(Lsn lsn, Micros time) {
    VOLANT_OK(store_.publish(lsn));
    VOLANT_TRY(const auto all, store_.list());
    const SnapshotPlan plan = plan_snapshots(all, time, retention_);
    if (plan.horizon != 0) {
        VOLANT_OK(store_.copy(plan.horizon));
        VOLANT_OK(log_.drop_before(plan.horizon + 1));
    }
    for (const Lsn old : plan.remove) VOLANT_OK(store_.remove(old));
    {
        const std::lock_guard lock(mutex_);
        figures_.failed = 0;
    }
    look();
    return {};
}

Status SnapshotKeeper::write_now(const Fold& fold, Lsn lsn, Micros time) {
    finish();
    VOLANT_OK(store_.write(lsn, time, [&fold](Pieces& out) { fold.stream(out); }));
    return adopt(lsn, time);
}

}  // namespace volant::log
