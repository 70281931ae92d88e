#include "api/jobs.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "api/training.h"
#include "api/workspace.h"
#include "core/files.h"
#include "core/logging.h"

namespace volant::api {
namespace {

constexpr int kNice = 10;  // below the threads that answer

Error no_job(std::uint64_t id) {
    return fail(Code::kNotFound, "there is no job " + std::to_string(id));
}

std::string last_id_file(const Workspace& workspace) {
    return workspace.data("jobs");
}

// 0 if none was given yet.
Result<std::uint64_t> read_last_id(const Workspace& workspace) {
    const std::string path = last_id_file(workspace);
    const auto text = read_file(path, 64);
    if (!text.ok() && text.error().code == Code::kNotFound) return std::uint64_t{0};
    if (!text.ok()) return text.error();
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
    if (error == std::errc{} && *end == '\n') return id;
    return fail(Code::kCorrupt, path + " holds no id of a job");
}

Error cancelled() {
    return fail(Code::kCancelled, "training was cancelled");
}

}  // namespace

std::string_view job_state_name(JobState state) {
    switch (state) {
        case JobState::kWaiting:
            return "waiting";
        case JobState::kRunning:
            return "running";
        case JobState::kDone:
            return "done";
        case JobState::kFailed:
            return "failed";
        case JobState::kCancelled:
            return "cancelled";
    }
    return "unknown";
}

Jobs::Jobs(Workspace& workspace) : workspace_(workspace), worker_([this] { work(); }) {}

Jobs::~Jobs() {
    stop();
}

void Jobs::stop() {
    {
        const std::lock_guard guard(lock_);
        stopping_ = true;
        for (auto& [id, job] : jobs_) job->cancelled = true;
    }
    changed_.notify_all();
    if (worker_.joinable()) worker_.join();
    std::unique_lock guard(lock_);
    changed_.wait(guard, [&] { return watches_ == 0; });
}

// Where the log has several of one id (they once began anew with each start) the last one keeps it.
Status Jobs::remember(const std::vector<model::VersionEntry>& versions) {
    VOLANT_TRY(const std::uint64_t last, read_last_id(workspace_));
    const std::lock_guard guard(lock_);
    next_id_ = std::max(next_id_, last + 1);
    for (const model::VersionEntry& version : versions) {
        auto job = std::make_shared<Job>();
        job->view.id = version.job;
        job->view.model = version.model;
        job->view.state = JobState::kDone;
        job->view.examples = version.examples;
        job->view.created_at = job->view.finished_at = version.registered_at;
        job->view.version = version.version;
        job->view.digest = version.digest;
        job->view.scores = version.scores;
        note(*job);
        jobs_[version.job] = std::move(job);
        next_id_ = std::max(next_id_, version.job + 1);
    }
    while (jobs_.size() > kFinishedMax) jobs_.erase(jobs_.begin());
    return {};
}

Result<std::uint64_t> Jobs::submit(int model, std::string why) {
    const std::lock_guard guard(lock_);
    if (waiting_.size() >= kWaitingMax)
        return fail(Code::kOverloaded, "too many trainings wait already");
    for (const auto& [id, job] : jobs_) {
        if (job->model == model && !job->view.finished()) {
            return fail(Code::kConflict,
                        "job " + std::to_string(id) + " trains this model already");
        }
    }
    VOLANT_OK(replace_file(last_id_file(workspace_), std::to_string(next_id_) + "\n"));
    auto job = std::make_shared<Job>();
    job->model = model;
    job->view.id = next_id_++;
    job->view.model = workspace_.spec().models[static_cast<std::size_t>(model)].name;
    job->view.why = std::move(why);
    job->view.created_at = workspace_.clock().now();
    note(*job);
    jobs_[job->view.id] = job;
    waiting_.push_back(job);
    for (auto it = jobs_.begin(); jobs_.size() > kFinishedMax && it != jobs_.end();) {
        it = it->second->view.finished() ? jobs_.erase(it) : std::next(it);
    }
    changed_.notify_all();
    return job->view.id;
}

Result<JobView> Jobs::view(std::uint64_t id) const {
    const std::lock_guard guard(lock_);
    const auto it = jobs_.find(id);
    if (it == jobs_.end()) return no_job(id);
    return it->second->view;
}

std::vector<JobView> Jobs::list() const {
    const std::lock_guard guard(lock_);
    std::vector<JobView> out;
    for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) out.push_back(it->second->view);
    return out;
}

bool Jobs::busy(int model) const {
    const std::lock_guard guard(lock_);
    for (const auto& [id, job] : jobs_) {
        if (job->model == model && !job->view.finished()) return true;
    }
    return false;
}

Status Jobs::cancel(std::uint64_t id) {
    const std::lock_guard guard(lock_);
    const auto it = jobs_.find(id);
    if (it == jobs_.end()) return no_job(id);
    if (it->second->view.finished())
        return fail(Code::kConflict, "job " + std::to_string(id) + " is finished");
    it->second->cancelled = true;
    if (std::erase(waiting_, it->second) == 0) return {};
    end(it->second->view, cancelled(), workspace_.clock().now());
    note(*it->second);
    changed_.notify_all();
    return {};
}

Result<Jobs::Watch> Jobs::watch(std::uint64_t id) {
    const std::lock_guard guard(lock_);
    if (!jobs_.contains(id)) return no_job(id);
    if (watches_ >= kWatchesMax)
        return fail(Code::kOverloaded, "as many streams of trainings are open as there may be");
    ++watches_;
    return Watch(*this, id);
}

Jobs::Watch::~Watch() {
    if (jobs_ == nullptr) return;
    const std::lock_guard guard(jobs_->lock_);
    --jobs_->watches_;
    jobs_->changed_.notify_all();  // with the lock held: behind it the jobs may be gone
}

std::optional<JobView> Jobs::Watch::next() {
    std::unique_lock guard(jobs_->lock_);
    const auto it = jobs_->jobs_.find(id_);
    if (ended_ || it == jobs_->jobs_.end()) return std::nullopt;
    const std::shared_ptr<Job> job = it->second;
    jobs_->changed_.wait(guard, [&] { return job->changes != seen_ || jobs_->stopping_; });
    if (job->changes == seen_) return std::nullopt;  // stopping
    const auto step = std::ranges::upper_bound(job->steps, seen_, {}, &Step::change);
    seen_ = step->change;
    JobView view = view_at(*job, *step);
    ended_ = view.finished();
    return view;
}

JobView Jobs::view_at(const Job& job, const Step& step) {
    JobView view = job.view;
    if (step.change == job.changes) return view;
    view.state = step.state;
    view.stage = step.stage;
    view.done = step.done;
    view.total = step.total;
    view.examples = step.examples;
    view.progressive_loss = step.progressive_loss;
    view.finished_at = 0;
    view.error.reset();
    return view;
}

void Jobs::note(Job& job) {
    const JobView& view = job.view;
    job.steps.push_back({++job.changes, view.state, view.stage, view.done, view.total,
                         view.examples, view.progressive_loss});
    if (job.steps.size() <= kStepsMax) return;
    std::size_t index = 0;
    const std::size_t last = job.steps.size() - 1;
    std::erase_if(job.steps, [&](const Step&) {
        const std::size_t i = index++;
        return i % 2 == 1 && i != last;
    });
}

Result<JobView> Jobs::wait(std::uint64_t id) {
    VOLANT_TRY(Watch watching, watch(id));
    while (const auto job = watching.next()) {
        if (job->finished()) return *job;
    }
    return fail(Code::kCancelled, "the workspace is stopping");
}

void Jobs::update(Job& job, const std::function<void(JobView&)>& change) {
    {
        const std::lock_guard guard(lock_);
        change(job.view);
        note(job);
    }
    changed_.notify_all();
}

void Jobs::work() {
    // Linux gives each thread its own nice value.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
    while (true) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock guard(lock_);
            changed_.wait(guard, [&] { return stopping_ || !waiting_.empty(); });
            if (stopping_) return;
            job = waiting_.front();
            waiting_.pop_front();
        }
        update(*job, [](JobView& view) { view.state = JobState::kRunning; });
        const Status status = train(*job);
        update(*job, [&](JobView& view) { end(view, status, workspace_.clock().now()); });
        if (!status.ok())
            logging::warn("training failed: " + status.error().message,
                          {{"model", job->view.model}});
    }
}

void Jobs::end(JobView& view, const Status& status, Micros at) {
    view.finished_at = at;
    view.state = JobState::kDone;
    if (status.ok()) return;
    view.error = status.error();
    view.state = view.error->code == Code::kCancelled ? JobState::kCancelled : JobState::kFailed;
}

Status Jobs::train(Job& job) {
    if (job.cancelled) return cancelled();
    Training training(workspace_, job.model, job.view.id, job.cancelled,
                      [&](const TrainingProgress& progress) {
                          update(job, [&](JobView& view) {
                              view.stage = progress.stage;
                              view.done = progress.done;
                              view.total = progress.total;
                              view.examples = progress.examples;
                              view.progressive_loss = progress.progressive_loss;
                          });
                      });
    VOLANT_TRY(const model::VersionRecord version, training.run());
    update(job, [&](JobView& view) {
        view.version = version.version;
        view.digest = version.digest;
        view.scores = version.scores;
        view.examples = version.examples;
    });
    return {};
}

}  // namespace volant::api
