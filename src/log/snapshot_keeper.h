// SnapshotKeeper: writes snapshots beside the running server, keeps the right ones, and drops the
// part of the log that retention gives up.
//
// The state is copied by fork(): the child has the fold as it was at that moment and writes it,
// while the parent goes on. Threads: start() and finish() by the apply thread; the rest is its own
// thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/clock.h"
#include "log/fold.h"
#include "log/log.h"
#include "log/runner.h"
#include "log/snapshot_store.h"

namespace volant::log {

class SnapshotKeeper {
  public:
    // `log_failed` ends the wait for a durable end that will never come.
    SnapshotKeeper(Log& log, SnapshotStore store, Micros retention,
                   const std::atomic<bool>& log_failed,
                   std::function<void(const std::string&)> note);
    ~SnapshotKeeper() { finish(); }

    // The last snapshot is still being written, or was a short while ago: they take a small part of
    // the time, however fast the log grows.
    bool rests() const;
    // Forks; false if it rests. `lsn` is what the fold has applied.
    bool start(const Fold& fold, Lsn lsn, Micros time);
    // Waits for a snapshot that is being written.
    void finish();
    // Writes one in this process, once the log is durable up to `lsn`; for a clean stop.
    Status write_now(const Fold& fold, Lsn lsn, Micros time);
    // Any thread.
    SnapshotFigures figures() const;

  private:
    void count_failed();
    void look();
    void await(int child, Lsn lsn, Micros time);
    Status adopt(Lsn lsn, Micros time);

    Log& log_;
    const SnapshotStore store_;
    const Micros retention_;
    const std::atomic<bool>& log_failed_;
    const std::function<void(const std::string&)> note_;
    std::thread waiter_;
    std::atomic<bool> busy_{false};
    std::chrono::steady_clock::time_point began_, rests_until_{};  // constant while not busy_

    mutable std::mutex mutex_;
    SnapshotFigures figures_;  // guarded by mutex_
};

}  // namespace volant::log
