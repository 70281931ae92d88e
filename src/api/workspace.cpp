#include "api/workspace.h"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "api/net/server.h"
#include "core/files.h"
#include "core/logging.h"
#include "log/file_disk.h"

namespace volant::api {
namespace {

constexpr auto kControlEvery = std::chrono::milliseconds(100);

// A command made of two functions.
class Ask final : public log::Command {
  public:
    Ask(std::function<void(log::Turn&)> run, std::function<void(const Status&)> done)
        : run_(std::move(run)), done_(std::move(done)) {}
    void run(log::Turn& turn) override { run_(turn); }
    void done(const Status& status) override { done_(status); }

  private:
    std::function<void(log::Turn&)> run_;
    std::function<void(const Status&)> done_;
};

void say_damaged(const model::VersionEntry& version, const std::string& damage, bool loaded) {
    const std::string so = loaded ? "; a snapshot stands for it" : "";
    logging::error(damage + so + "; restore data/models from a backup, or train again",
                   {{"model", version.model}, {"version", version.version}});
}

// What a killed training or backup left.
void clear_folder(const std::string& folder) {
    std::error_code error;
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        std::filesystem::remove_all(it->path(), ignored);
    }
}

// What the thread has submitted since hold().
struct Held {
    const Workspace* workspace = nullptr;
    std::vector<std::unique_ptr<log::Command>> commands;
};
thread_local Held held;

}  // namespace

Result<std::unique_ptr<Workspace>> Workspace::open(const std::string& folder, log::Disk* disk) {
    const std::string path = folder + "/volant.yaml";
    auto text = read_file(path, 1u << 20);
    if (!text.ok()) {
        if (text.error().code != Code::kNotFound) return std::move(text).error();
        return fail(Code::kNoWorkspace, "found no volant.yaml in " + folder, {},
                    "volant new TEMPLATE DIR makes one");
    }
    auto workspace = std::unique_ptr<Workspace>(new Workspace(folder));
    Workspace& w = *workspace;
    VOLANT_TRY(w.spec_, spec::parse_spec(*text, path));
    VOLANT_OK(make_folders(w.data("tmp")));
    VOLANT_OK(make_folders(w.data("models")));
    VOLANT_TRY(w.lock_, log::WorkspaceLock::acquire(w.folder_ + "/data"));
    clear_folder(w.data("tmp"));
    if (disk == nullptr) {
        w.own_disk_ = std::make_unique<log::FileDisk>();
        disk = w.own_disk_.get();
    }
    log::LogOptions options;
    options.segment_bytes = w.spec_.log.segment_bytes;
    VOLANT_TRY(w.log_, log::make_log(*disk, w.data("log"), options));
    const bool is_new = w.log_->next_lsn() == 1;
    const std::string keys = w.data("keys");
    VOLANT_TRY(w.secrets_, is_new ? make_secrets(keys) : read_secrets(keys));
    w.prediction_ids_ = std::make_unique<feedback::PredictionIds>(w.secrets_.prediction_ids);
    w.fingerprints_ = std::make_unique<collect::Fingerprints>(w.secrets_.fingerprints);
    w.packages_ = std::make_unique<PackageStore>(w.spec_, w.data("models"));
    w.wheel_ = std::make_unique<optimize::Wheel>(w.spec_, *w.packages_);
    if (w.spec_.simulated_time) {
        auto clock = std::make_unique<ManualClock>();
        w.simulated_ = clock.get();
        w.clock_ = std::move(clock);
    } else {
        w.clock_ = std::make_unique<SystemClock>();
    }
    log::RunnerOptions runner;
    runner.snapshots_dir = w.data("snapshots");
    runner.snapshot_every = w.spec_.log.snapshot_every;
    runner.retention = w.spec_.log.retention;
    runner.simulated = w.simulated_;
    runner.submitters_apply = network_threads(static_cast<int>(w.spec_.server.threads)) == 1;
    w.runner_ = log::make_runner(*w.log_, *w.wheel_, *w.clock_, runner);
    w.runner_->on_note = [](const std::string& note) { logging::warn(note); };
    w.jobs_ = std::make_unique<Jobs>(w);
    return workspace;
}

Workspace::~Workspace() {
    if (running_) {
        if (const Status stopped = stop(); !stopped.ok()) logging::error(stopped.error().message);
    }
}

Status Workspace::start() {
    runner_->on_fatal = [this](const Error& error) {
        if (on_fatal) on_fatal(error);
    };
    runner_->is_cancelled = is_cancelled;
    VOLANT_OK(runner_->start());
    running_ = true;
    if (simulated_ != nullptr) simulated_->advance_to(wheel_->time());
    VOLANT_OK(record_specification());
    VOLANT_OK(remember_keys());
    VOLANT_OK(remember_trainings());
    VOLANT_OK(check_packages());
    controller_ = std::thread([this] { control(); });
    ready_ = true;
    return {};
}

Status Workspace::stop() {
    if (!running_) return {};
    running_ = false;
    stopping_ = true;
    jobs_->stop();
    if (controller_.joinable()) controller_.join();
    VOLANT_OK(remember_keys());
    return runner_->stop(true);
}

bool Workspace::has_keys() const {
    return file_exists(data("keys/made"));
}

Status Workspace::remember_keys() {
    if (has_keys() || wheel_->keys().table()->keys().empty()) return {};
    return replace_file(data("keys/made"), "");
}

Status Workspace::remember_trainings() {
    std::vector<model::VersionEntry> versions;
    VOLANT_OK(ask_and_wait(kReadsOnly, [&](log::Turn&) {
        for (std::size_t i = 0; i < spec_.models.size(); ++i) {
            const auto& of_model = wheel_->registry().model(static_cast<int>(i)).versions;
            versions.insert(versions.end(), of_model.begin(), of_model.end());
        }
    }));
    std::ranges::sort(versions, {}, &model::VersionEntry::lsn);
    return jobs_->remember(versions);
}

// A damaged package is said, and the server starts: it goes on collecting, and the baseline speaks
// for a version that has no weights.
Status Workspace::check_packages() {
    return ask_and_wait(kReadsOnly, [this](log::Turn&) {
        wheel_->load_missing();
        for (int i = 0; i < static_cast<int>(spec_.models.size()); ++i) {
            const model::Registry::Model& entry = wheel_->registry().model(i);
            for (const model::VersionEntry& version : entry.versions) {
                if (!wheel_->is_resident(i, version.version)) continue;
                const bool loaded = wheel_->live().version(i, version.version) != nullptr;
                if (loaded) (void)packages_->check(version.model, version.version);
                const std::string damage = packages_->damage(version.model, version.version);
                if (!damage.empty()) say_damaged(version, damage, loaded);
            }
            if (entry.live != wheel_->serving(i))
                logging::error("the baseline answers: what should serve has no weights",
                               {{"model", spec_.models[static_cast<std::size_t>(i)].name},
                                {"version", entry.live}});
        }
    });
}

Status Workspace::record_specification() {
    bool recorded = false;  // then nothing is written: a server starts on a full disk too
    VOLANT_OK(ask_and_wait(
        kReadsOnly, [&](log::Turn&) { recorded = wheel_->logged_spec() == spec_.canonical; }));
    if (recorded) return {};
    return ask_and_wait(kAppendsMuch, [this](log::Turn& turn) {
        log::append_now(turn, log::RecordType::kSpec, spec_.canonical);
    });
}

void Workspace::submit(std::unique_ptr<log::Command> command) {
    if (held.workspace == this) {
        const bool is_brief = command->is_brief;
        held.commands.push_back(std::move(command));
        if (is_brief) return;
        release();
        return hold();
    }
    if (const Status status = runner_->submit(command); !status.ok()) command->done(status);
}

void Workspace::hold() {
    held.workspace = this;
}

void Workspace::release() {
    held.workspace = nullptr;
    if (held.commands.empty()) return;
    const Status status = runner_->submit_all(held.commands);
    for (const auto& refused : held.commands) refused->done(status);
    held.commands.clear();
}

void Workspace::ask(std::optional<Micros> simulated_time, std::size_t append_bytes_max,
                    std::function<void(log::Turn&)> run, std::function<void(const Status&)> done) {
    auto command = std::make_unique<Ask>(std::move(run), std::move(done));
    command->simulated_time = simulated_time;
    command->append_bytes_max = append_bytes_max;
    submit(std::move(command));
}

Status Workspace::ask_and_wait(std::size_t append_bytes_max, std::function<void(log::Turn&)> run) {
    std::mutex lock;
    std::condition_variable ready;
    std::optional<Status> answer;
    VOLANT_CHECK(held.workspace != this);  // it would wait for itself
    ask(std::nullopt, append_bytes_max, std::move(run), [&](const Status& status) {
        const std::lock_guard guard(lock);
        answer = status;
        ready.notify_one();
    });
    std::unique_lock guard(lock);
    ready.wait(guard, [&] { return answer.has_value(); });
    return *answer;
}

// Asks the wheel what should be decided, and writes it to the log, where it becomes true.
void Workspace::control() {
    while (!stopping_) {
        std::this_thread::sleep_for(kControlEvery);
        std::vector<std::pair<int, std::string>> trainings;
        const Status asked = ask_and_wait(kAppendsMuch, [&](log::Turn& turn) {
            for (const model::DecisionRecord& decision :
                 wheel_->controller().pending(wheel_->registry(), turn.now())) {
                const int model = spec_.model_index(decision.model);
                const bool training = decision.kind == model::DecisionKind::kRetrain;
                if (training && jobs_->busy(model)) continue;
                log::append_now(turn, log::RecordType::kDecision, model::encode_decision(decision));
                if (training) trainings.emplace_back(model, decision.why);
            }
        });
        if (!asked.ok() && asked.error().code == Code::kUnavailable) return;
        for (auto& [model, why] : trainings) {
            if (const auto job = jobs_->submit(model, std::move(why)); !job.ok())
                logging::warn(job.error().message);
        }
    }
}

Result<std::unique_ptr<log::Reader>> Workspace::record_at(log::Lsn lsn, log::Record& out) const {
    VOLANT_TRY(auto reader, log_->read(lsn));
    VOLANT_TRY(const bool found, reader->next(out));
    if (!found || out.lsn != lsn)
        return fail(Code::kNotFound, "the log holds no record " + std::to_string(lsn));
    return reader;
}

}  // namespace volant::api
