// Jobs: trainings in the background, one at a time, at low priority.
//
// A job reads the log up to where it is durable, trains, catches up with what came meanwhile,
// writes the package, and registers the version; from then on the wheel keeps its weights learning.
// What follows is decided there and then: with traffic, the gate opens; without any, the offline
// score is the gate. Bounded: kWaitingMax jobs wait, kFinishedMax finished ones are remembered.
// Threads: any.
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

    explicit Jobs(Workspace& workspace);
    ~Jobs();  // cancels

    // kOverloaded when kWaitingMax wait; kConflict when this model has a job that is not finished.
    Result<std::uint64_t> submit(int model, std::string why);
    Result<JobView> view(std::uint64_t id) const;  // kNotFound
    std::vector<JobView> list() const;             // newest first
    bool busy(int model) const;
    Status cancel(std::uint64_t id);  // kNotFound, kConflict when finished
    // Waits until the job's view changes from `seen` or is finished; the new view. For streams.
    Result<JobView> wait_change(std::uint64_t id, std::uint64_t& seen) const;
    Result<JobView> wait(std::uint64_t id) const;  // until it is finished
    void stop();
    bool stopping() const;

  private:
    struct Job {
        JobView view;
        int model = -1;
        std::uint64_t changes = 0;
        std::atomic<bool> cancelled{false};
    };

    void work();
    Status train(Job& job);
    void update(Job& job, const std::function<void(JobView&)>& change);

    Workspace& workspace_;
    mutable std::mutex lock_;
    mutable std::condition_variable changed_;
    // Guarded by lock_.
    std::map<std::uint64_t, std::shared_ptr<Job>> jobs_;
    std::deque<std::shared_ptr<Job>> waiting_;
    std::uint64_t next_id_ = 1;
    bool stopping_ = false;
    std::thread worker_;
};

}  // namespace volant::api
