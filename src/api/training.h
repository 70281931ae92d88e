// Training: one job from the log to a registered version. Runs on the jobs' thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "log/runner.h"
#include "model/registry.h"
#include "train/example.h"
#include "train/history.h"
#include "train/linear_job.h"

namespace volant::api {

class Workspace;

struct TrainingProgress {
    std::string stage;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::uint64_t examples = 0;
    double progressive_loss = 0;
};

class Training {
  public:
    Training(Workspace& workspace, int model, std::uint64_t job, const std::atomic<bool>& cancelled,
             std::function<void(const TrainingProgress&)> report);

    // The registered version. Errors: kConflict (too few examples), kCancelled, kUnavailable,
    // kStorageFull.
    Result<model::VersionRecord> run();

  private:
    Status read_to_end();
    Status catch_up(train::Trained& trained);
    Status write_package(const train::Trained& trained);
    Result<bool> try_register(train::Trained& trained);
    void after_registration(log::Turn& turn, const train::Trained& trained);

    Workspace& workspace_;
    const int model_;
    const std::atomic<bool>& cancelled_;
    std::function<void(const TrainingProgress&)> report_;
    TrainingProgress progress_;
    std::unique_ptr<train::ExampleFile> examples_;
    train::Example example_;
    std::function<void(const train::Example&)> on_example_;
    train::History history_;
    log::Lsn read_to_ = 0;
    Status example_error_;
    model::VersionRecord version_;
};

}  // namespace volant::api
