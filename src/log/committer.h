// Committer: makes durable what was run, in groups, and only then gives the answers, in the order
// in which they were handed over. One thread is in run(); the runner's other half hands over.
// After a failure, its own or the other half's, nothing more is committed and every answer is that
// failure; an exception on the thread of run() is one. Private to log/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "log/log.h"
#include "log/runner.h"

namespace volant::log {

// A command that was run, or that ended before with this error.
struct Finished {
    std::unique_ptr<Command> command;
    Status status;
};

class Committer {
  public:
    // `on_failure`: once, with what ended it all. `on_done`: the commands that have had their
    // answer; what it leaves of them is freed. Both on the thread of run().
    Committer(Log& log, std::function<void(const Error&)> on_failure,
              std::function<void(std::vector<Finished>&)> on_done)
        : log_(log), on_failure_(std::move(on_failure)), on_done_(std::move(on_done)) {}

    // Takes all of `run` and leaves it empty; `appended`: the log has grown, whoever did it.
    void hand_over(std::vector<Finished>& run, bool appended);
    // The other half has failed: what it appended since the last commit is not to be kept.
    void fail(Error error);
    // Nothing more will be handed over: run() ends when all is answered.
    void end();

    void run();
    // What ended it all; to be asked once run() has returned.
    const std::optional<Error>& failure() const { return failure_; }

  private:
    bool take();
    Status commit(bool idle);
    void answer();
    template <class Work>
    void guarded(Work work);
    void failed(Error error);

    Log& log_;
    const std::function<void(const Error&)> on_failure_;
    const std::function<void(std::vector<Finished>&)> on_done_;

    std::mutex mutex_;
    std::condition_variable filled_;
    std::vector<Finished> finished_;  // run, not yet durable; guarded by mutex_
    std::optional<Error> given_up_;   // by the other half; guarded by mutex_
    bool appended_ = false;           // guarded by mutex_
    bool waits_ = false;              // guarded by mutex_
    bool ended_ = false;              // guarded by mutex_

    // Of the thread of run().
    std::vector<Finished> committing_;
    bool claimed_ = false;
    std::optional<Error> failure_;
};

}  // namespace volant::log
