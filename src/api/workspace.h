// Workspace: a folder with a volant.yaml that runs: its log, the wheel that folds it, the threads
// that turn commands into answers, and the trainings. The server and the command line both work on
// this object.
//
//   open()   reads volant.yaml, takes the lock, opens the log; fast
//   start()  recovers, records the specification if it changed, starts the threads; may take long
//   stop()   finishes what runs, writes a snapshot, gives the lock back
//
// Threads: ask(), submit(), progress() from any. What the wheel holds may be read only inside a
// command.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "api/jobs.h"
#include "api/package_store.h"
#include "api/secrets.h"
#include "collect/fingerprint.h"
#include "core/clock.h"
#include "core/result.h"
#include "feedback/prediction_id.h"
#include "log/disk.h"
#include "log/log.h"
#include "log/runner.h"
#include "log/workspace_lock.h"
#include "optimize/wheel.h"
#include "spec/spec.h"

namespace volant::api {

class Workspace {
  public:
    // `folder` holds volant.yaml. `disk` has the log, and outlives the workspace; null = the disk
    // of the operating system. Errors: kNoWorkspace, kInvalidSpec, kUnavailable (locked, disk),
    // kCorrupt.
    static Result<std::unique_ptr<Workspace>> open(const std::string& folder,
                                                   log::Disk* disk = nullptr);
    ~Workspace();

    Status start();
    Status stop();
    bool is_ready() const { return ready_; }  // start() is done; any thread

    // What a command may append: see log::Command::append_bytes_max. On a full disk commands that
    // only read go on.
    static constexpr std::size_t kReadsOnly = 0;
    static constexpr std::size_t kAppendsOne = 64u << 10;  // a short record
    static constexpr std::size_t kAppendsMuch = 4u << 20;

    // Runs `run` on the apply thread, then `done` once all that it read or wrote is durable, or
    // with the error that kept it from running. Calls `done` at once if the queue is full.
    void ask(std::optional<Micros> simulated_time, std::size_t append_bytes_max,
             std::function<void(log::Turn&)> run, std::function<void(const Status&)> done);
    // The same for commands of their own class; calls done() at once if the queue is full.
    void submit(std::unique_ptr<log::Command> command);
    // From hold() to release(), the brief commands that this thread submits are kept, and then
    // handed on together: one wake-up of the apply thread for a batch of requests. One that is not
    // brief is handed on at once, behind those before it: it is applied while others are read.
    void hold();
    void release();
    // As ask(), waiting for the answer: for the command line and background threads.
    Status ask_and_wait(std::size_t append_bytes_max, std::function<void(log::Turn&)> run);

    // Only inside commands.
    optimize::Wheel& wheel() { return *wheel_; }

    // Whether an API key was ever made, as far as the last start or stop knew: for the time before
    // start(), when the log has not been read.
    bool has_keys() const;

    const spec::Spec& spec() const { return spec_; }
    const std::string& folder() const { return folder_; }
    std::string data(const std::string& name) const { return folder_ + "/data/" + name; }
    const Secrets& secrets() const { return secrets_; }
    const feedback::PredictionIds& prediction_ids() const { return *prediction_ids_; }
    const collect::Fingerprints& fingerprints() const { return *fingerprints_; }
    const log::Log& log() const { return *log_; }
    log::Runner& runner() { return *runner_; }
    Clock& clock() { return *clock_; }
    Jobs& jobs() { return *jobs_; }
    // A backup that is being written ends soon, with kCancelled. Any thread.
    void end_backups() { backups_ended_ = true; }
    bool backups_ended() const { return backups_ended_; }
    PackageStore& packages() { return *packages_; }

    // Reads the record at `lsn` from the log. kNotFound.
    Result<std::unique_ptr<log::Reader>> record_at(log::Lsn lsn, log::Record& out) const;

    // Set before start(): called once when the log or the state can no longer be trusted.
    std::function<void(const Error&)> on_fatal;
    // Set before start(): asked now and then while the log is read; true ends start() there with
    // kCancelled.
    std::function<bool()> is_cancelled;

  private:
    explicit Workspace(std::string folder) : folder_(std::move(folder)) {}
    Status record_specification();
    Status remember_keys();
    Status remember_trainings();
    Status check_packages();
    void control();

    const std::string folder_;
    spec::Spec spec_;
    Secrets secrets_;
    std::unique_ptr<feedback::PredictionIds> prediction_ids_;
    std::unique_ptr<collect::Fingerprints> fingerprints_;
    std::unique_ptr<Clock> clock_;
    ManualClock* simulated_ = nullptr;  // clock_, in workspaces with simulated time
    std::unique_ptr<log::WorkspaceLock> lock_;
    std::unique_ptr<log::Disk> own_disk_;
    std::unique_ptr<log::Log> log_;
    std::unique_ptr<PackageStore> packages_;
    std::unique_ptr<optimize::Wheel> wheel_;
    std::unique_ptr<log::Runner> runner_;
    std::unique_ptr<Jobs> jobs_;
    std::atomic<bool> ready_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> backups_ended_{false};
    bool running_ = false;
    std::thread controller_;  // asks the wheel what should be decided
};

}  // namespace volant::api
