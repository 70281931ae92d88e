// Training of the linear family on a file of examples: deterministic for the same examples,
// specification and build.
//
//   1. the last `holdout` of the examples, in the order in which their outcomes became known, is
//   set aside
//   2. up to `passes` over the rest; with `early_stop`, the last fifth of the rest is held out of
//   them to
//      choose the pass, and learned after it
//   3. the offline score: the set-aside examples, judged by weights that have not seen them, beside
//   what
//      the baseline expected of each
//   4. one pass over what was set aside, so that the weights know all that the log knew
// Threads: one, the caller's; `cancelled` may be set from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/result.h"
#include "measure/cluster_sums.h"
#include "model/linear.h"
#include "model/registry.h"
#include "spec/spec.h"
#include "train/example.h"

namespace volant::train {

struct JobProgress {
    std::uint64_t done = 0;  // examples learned or judged, all passes together
    std::uint64_t total = 0;
    double progressive_loss = 0;
};

struct Trained {
    std::unique_ptr<model::LinearModel> weights;
    std::uint64_t examples = 0;
    std::uint64_t scored = 0;  // of them, set aside: what the scores are of
    std::uint32_t passes = 0;  // over the training part
    std::vector<model::Score> scores;
    measure::Estimate
        offline_difference;  // loss - baseline's, paired; one-sided bounds at the gate's alpha
};

inline constexpr std::uint64_t kExamplesMin = 20;

// Errors: kConflict (fewer than kExamplesMin examples, or all labels equal for a classification),
// kCancelled, kUnavailable.
Result<Trained> train_linear(const spec::ModelDecl& model, const spec::TrainingDecl& training,
                             ExampleFile& examples,
                             const std::function<void(const JobProgress&)>& progress,
                             const std::atomic<bool>& cancelled);

}  // namespace volant::train
