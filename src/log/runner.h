// Runner: the threads that turn commands into records, folds and answers.
//
//   network threads --submit()--> [bounded queue] --> apply thread --> [batch] --> commit thread
//                                                          |                            |
//                                                     Fold::apply                 Command::done
//
// The apply thread runs commands in order: each sees the fold after everything before it and may
// append records, which are applied at once. The commit thread makes all that was appended durable
// in groups and only then calls done(), in order. So an answer never speaks of what could be lost,
// and a command that appended nothing still waits for what it may have read.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "log/fold.h"
#include "log/log.h"

namespace volant::log {

// What a command sees while it runs on the apply thread.
class Turn {
  public:
    virtual ~Turn() = default;
    // The decision time: the clock, or the request's simulated time; never moves backwards.
    virtual Micros now() const = 0;
    // The lsn that the next append() will give.
    virtual Lsn next_lsn() const = 0;
    // Appends and applies. `record.known_at` is set to now() unless kKnownAtAssumed is flagged
    // (then it is the caller's, and must not lie before the last record's known_at is NOT required:
    // imported history keeps its own time; the fold's time only moves forward).
    virtual Lsn append(Record record) = 0;
};

class Command {
  public:
    virtual ~Command() = default;
    // Apply thread.
    virtual void run(Turn& turn) = 0;
    // Commit thread, once everything up to this command is durable; or with the error that ended it
    // (kStorageFull, kUnavailable, kTimeOutOfRange for a simulated time that goes backwards, kRecovering):
    // then what run() appended was not acknowledged. Must not block.
    virtual void done(const Status& status) = 0;

    std::optional<Micros> simulated_time;  // of `time: simulated` workspaces
};

struct RunnerOptions {
    std::string snapshots_dir;            // "" = no snapshots (memory logs in tests)
    std::size_t queue_max = 65'536;       // commands waiting; past it submit() gives kOverloaded
    std::uint64_t snapshot_every = 1'000'000;  // records
    Micros tick_every = kSecond;          // at most one tick a second, and only when something is due
    bool simulated = false;               // the clock is moved by commands
};

struct Progress {
    Lsn applied = 0;
    Lsn target = 0;       // the end of the log when recovery began
    bool ready = false;
};

class Runner {
  public:
    virtual ~Runner() = default;
    // Recovers (newest good snapshot, then the tail), then starts the two threads. Blocks until ready;
    // progress() may be asked from other threads meanwhile.
    virtual Status start() = 0;
    // Any thread. kOverloaded, kRecovering; the command is then given back untouched in `command`.
    virtual Status submit(std::unique_ptr<Command>& command) = 0;
    // Runs what was submitted, commits, writes a snapshot if asked, closes the log.
    virtual Status stop(bool snapshot) = 0;
    virtual Progress progress() const = 0;
    virtual Lsn applied_lsn() const = 0;
    virtual Lsn durable_lsn() const = 0;
    // Called when the log can no longer be trusted (failed sync); the process should end loudly.
    std::function<void(const Error&)> on_fatal;
};

std::unique_ptr<Runner> make_runner(Log& log, Fold& fold, Clock& clock, RunnerOptions options);

}  // namespace volant::log
