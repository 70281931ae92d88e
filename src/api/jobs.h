// Jobs: trainings in the background, one at a time, at low priority.
//
// A job reads the log up to where it is durable, trains, catches up with what came meanwhile,
// writes the package, and registers the version; from then on the wheel keeps its weights learning.
// What follows is decided there and then: with traffic, the gate opens; without any, the offline
// score is the gate. What came of earlier runs of the workspace is in the log: trainings that gave
// a version are known again after a start, others are not; but no id is given twice: the last one
// stands in data/jobs. Bounded: kWaitingMax jobs wait, kFinishedMax finished ones are remembered,
// each with kStepsMax steps of its way, kWatchesMax watch. Threads: any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "model/registry.h"

namespace volant::api {

class Workspace;

enum class JobState : std::uint8_t { kWaiting, kRunning, kDone, kFailed, kCancelled };
std::string_view job_state_name(JobState state);

struct JobView {
    std::uint64_t id = 0;
    std::string model;
    std::string why;
    JobState state = JobState::kWaiting;
    std::string stage;       // "reading", "training", "registering"
    std::uint64_t done = 0;  // records read or examples learned, by stage
    std::uint64_t total = 0;
    std::uint64_t examples = 0;
    double progressive_loss = 0;
    Micros created_at = 0;
    Micros finished_at = 0;
    std::uint32_t version = 0;  // when done
    std::string digest;
    std::vector<model::Score> scores;
    std::optional<Error> error;

    bool finished() const { return state >= JobState::kDone; }
};

class Jobs {
  public:
    static constexpr std::size_t kWaitingMax = 16;
    static constexpr std::size_t kFinishedMax = 1000;
    static constexpr std::size_t kWatchesMax = 16;  // each holds a thread
    static constexpr std::size_t kStepsMax = 64;    // more are thinned out

    // Follows one job, from its beginning; for the one thread that holds it. stop() waits until all
    // are gone.
    class Watch {
      public:
        Watch(Watch&& other) noexcept
            : jobs_(std::exchange(other.jobs_, nullptr)), id_(other.id_), seen_(other.seen_) {}
        Watch& operator=(Watch&&) = delete;
        ~Watch();
        // The job after its first change, then after each other; none behind its end, nor once the
        // workspace stops.
        std::optional<JobView> next();

      private:
        friend class Jobs;
        Watch(Jobs& jobs, std::uint64_t id) : jobs_(&jobs), id_(id) {}
        Jobs* jobs_;
        std::uint64_t id_;
        std::uint64_t seen_ = 0;  // the number of the last change that was given
        bool ended_ = false;
    };

    explicit Jobs(Workspace& workspace);
    ~Jobs();  // cancels

    // Trainings of earlier runs, oldest first; before any other job. Later ids go on after theirs,
    // and after the last one that was given. kCorrupt, kUnavailable (data/jobs).
    Status remember(const std::vector<model::VersionEntry>& versions);

    // kOverloaded when kWaitingMax wait; kConflict when this model has a job that is not finished;
    // kStorageFull, kUnavailable when its id cannot be kept.
    Result<std::uint64_t> submit(int model, std::string why);
    Result<JobView> view(std::uint64_t id) const;  // kNotFound
    std::vector<JobView> list() const;             // newest first
    bool busy(int model) const;
    // At once of one that waits; one that runs ends soon. kNotFound, kConflict when finished.
    Status cancel(std::uint64_t id);
    Result<Watch> watch(std::uint64_t id);  // kNotFound, kOverloaded
    // Until it is finished; its view. kNotFound, kOverloaded, kCancelled when the workspace stops.
    Result<JobView> wait(std::uint64_t id);
    // Cancels, then waits for the training and the watches to end.
    void stop();

  private:
    // What a change made of a job, as far as it tells of its progress.
    struct Step {
        std::uint64_t change = 0;
        JobState state = JobState::kWaiting;
        std::string stage;
        std::uint64_t done = 0, total = 0, examples = 0;
        double progressive_loss = 0;
    };
    struct Job {
        JobView view;
        int model = -1;
        std::uint64_t changes = 0;
        std::vector<Step> steps;  // oldest first: the first, the last, and some between
        std::atomic<bool> cancelled{false};
    };

    void work();
    Status train(Job& job);
    void update(Job& job, const std::function<void(JobView&)>& change);
    static void note(Job& job);  // its view has changed; with lock_ held
    static JobView view_at(const Job& job, const Step& step);
    static void end(JobView& view, const Status& status, Micros at);

    Workspace& workspace_;
    mutable std::mutex lock_;
    mutable std::condition_variable changed_;
    // Guarded by lock_.
    std::map<std::uint64_t, std::shared_ptr<Job>> jobs_;
    std::deque<std::shared_ptr<Job>> waiting_;
    std::uint64_t next_id_ = 1;
    std::size_t watches_ = 0;
    bool stopping_ = false;
    std::thread worker_;
};

}  // namespace volant::api
