// Runner: the threads that turn commands into records, folds and answers.
//
//   network threads --submit()--> [bounded queue] --> who applies --> [batch] --> commit thread
//                                                          |                          |
//                                                     Fold::apply               Command::done
//
// One thread at a time applies: it runs commands in order, each sees the fold after everything
// before it and may append records, which are applied at once. The commit thread makes all that was
// appended durable in groups and only then calls done(), in order. So an answer never speaks of
// what could be lost, and a command that appended nothing still waits for what it may have read.
//
// Who applies is a role. The apply thread takes it whenever something waits, for ticks, and to
// begin snapshots. With `submitters_apply` a thread that submits brief commands takes the role
// itself if it is free and nothing waits before them, runs what it brought, and gives it back: a
// wake-up and two switches of threads cost more than a few brief commands (flat combining, Hendler
// et al. 2010, without combining: nobody runs what others bring, so nobody is held for long).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "log/fold.h"
#include "log/log.h"

namespace volant::log {

// What a command sees while it runs.
class Turn {
  public:
    virtual ~Turn() = default;
    // The decision time: the clock, or the request's simulated time; never moves backwards.
    virtual Micros now() const = 0;
    // The lsn that the next append() will give.
    virtual Lsn next_lsn() const = 0;
    // Appends and applies. `record.known_at` is set to now() unless kKnownAtAssumed is flagged:
    // then it is the caller's, and may lie before that of earlier records (imported history keeps
    // its own time; now() is not moved by it).
    virtual Lsn append(Record record) = 0;
    // For a command that appends more than fits at once: room for so many bytes more, waiting while
    // what was appended is on its way to the disk. Not for brief ones, which wait for nothing.
    // Errors: kStorageFull, kUnavailable; what was appended before stays.
    virtual Status make_room(std::size_t bytes) = 0;
};

// Appends a record of this turn's time that has a clear part alone.
Lsn append_now(Turn& turn, RecordType type, std::string_view clear);

class Command {
  public:
    // After done(), by a thread that submits, mostly the one that made it: memory then goes back
    // where it came from, without two threads at one allocator.
    virtual ~Command() = default;
    // By whoever applies. Not called if the command ends with an error before.
    virtual void run(Turn& turn) = 0;
    // Commit thread, once everything up to this command is durable; or with the error that ended
    // it: kStorageFull and kTimeOutOfRange (a simulated time that goes backwards): run() was not
    // called; kUnavailable: what run() appended, if it ran, was not acknowledged. Must not block.
    virtual void done(const Status& status) = 0;

    // run() takes microseconds and waits for nothing: the thread that submits it may run it.
    bool is_brief = false;
    std::optional<Micros> simulated_time;  // of `time: simulated` workspaces
    // A bound on the encoded bytes that run() appends (encoded_size() of its records). The runner
    // makes sure of the room before it runs the command. 0 = it only reads: a full disk is none of
    // its business.
    std::size_t append_bytes_max = 64u << 10;
};

struct RunnerOptions {
    std::string snapshots_dir;  // "" = no snapshots (memory logs in tests)
    // Commands submitted and not yet done; past it submit() gives kOverloaded.
    std::size_t queue_max = 65'536;
    std::uint64_t snapshot_every = 1'000'000;  // records
    Micros tick_every = kSecond;  // at most one tick a second, and only when something is due
    // submit() may run brief commands. Good where one thread submits; with many, each would wait
    // for the memory that the others have just written, and one apply thread is faster.
    bool submitters_apply = false;
    // Of `time: simulated` workspaces: the clock that commands move by simulated_time. It must then
    // also be the `clock` of the runner.
    ManualClock* simulated = nullptr;
    // Records are kept as long as known_at >= now - retention; older segments are dropped once a
    // snapshot stands for them, which is then kept twice. kNever = keep everything.
    Micros retention = kNever;
};

struct Progress {
    Lsn applied = 0;
    Lsn target = 0;  // the end of the log when recovery began
    bool ready = false;
};

// How the snapshots go. Without new ones the log cannot be cut, whatever the retention says.
struct SnapshotFigures {
    Lsn last = 0;              // the newest; 0 = none yet
    Micros time = 0;           // its time
    Lsn horizon = 0;           // the log is dropped up to here; 0 = it is whole
    std::uint64_t failed = 0;  // in a row, since the last that was written
};

class Runner {
  public:
    virtual ~Runner() = default;
    // Recovers (newest good snapshot, then the tail), then starts the two threads. Blocks until
    // ready; progress() may be asked from other threads meanwhile. Errors: kCorrupt (the log is
    // damaged, or begins after the newest good snapshot, or ends before a snapshot), kUnavailable,
    // kCancelled.
    virtual Status start() = 0;
    // Any thread. kOverloaded, kRecovering, kUnavailable (stopping, or a failed log); the command
    // is then given back untouched in `command`.
    virtual Status submit(std::unique_ptr<Command>& command) = 0;
    // As submit() of each in order, with one wake-up; takes as many as fit from the front of
    // `commands`, and erases those.
    virtual Status submit_all(std::vector<std::unique_ptr<Command>>& commands) = 0;
    // Runs what was submitted, commits, writes a snapshot if asked, closes the log.
    virtual Status stop(bool snapshot) = 0;
    virtual Progress progress() const = 0;
    virtual Lsn applied_lsn() const = 0;
    virtual Lsn durable_lsn() const = 0;
    virtual SnapshotFigures snapshots() const = 0;

    // Set before start().
    // Commit thread, once: the log can no longer be trusted (a failed sync), or an exception has
    // left the fold or the log half done. From then on nothing is applied, nothing more becomes
    // durable and every answer is kUnavailable; the process should end loudly.
    std::function<void(const Error&)> on_fatal;
    // By start(), now and then while it reads the log: true ends it there with kCancelled.
    std::function<bool()> is_cancelled;
    // Any of the runner's threads: what an operator should know, e.g. a damaged snapshot was
    // skipped.
    std::function<void(const std::string&)> on_note;
};

// All three must outlive the runner.
std::unique_ptr<Runner> make_runner(Log& log, Fold& fold, Clock& clock, RunnerOptions options);

}  // namespace volant::log
