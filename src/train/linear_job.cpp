#include "train/linear_job.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "train/offline_score.h"

namespace volant::train {
namespace {

constexpr std::uint64_t kReportEvery = 1'000;
constexpr double kChoiceShare = 0.2;  // of the training part, to choose the pass by

class LinearJob {
  public:
    LinearJob(const spec::ModelDecl& model, ExampleFile& examples,
              const std::function<void(const JobProgress&)>& progress,
              const std::atomic<bool>& cancelled)
        : model_(model),
          examples_(examples),
          progress_(progress),
          cancelled_(cancelled),
          weights_(std::make_unique<model::LinearModel>(model.learner)) {}

    Result<Trained> run(double holdout);

  private:
    // Calls `use(example)` for the examples [from, to).
    template <class Use>
    Status each(std::uint64_t from, std::uint64_t to, Use&& use);
    Status learn(std::uint64_t from, std::uint64_t to, ProgressiveScore* progressive);
    Result<double> loss(std::uint64_t from, std::uint64_t to);
    Result<std::uint32_t> learn_passes(std::uint64_t split, ProgressiveScore& progressive);
    Status check_labels();

    const spec::ModelDecl& model_;
    ExampleFile& examples_;
    const std::function<void(const JobProgress&)>& progress_;
    const std::atomic<bool>& cancelled_;
    std::unique_ptr<model::LinearModel> weights_;
    JobProgress report_;
    Example example_;
};

template <class Use>
Status LinearJob::each(std::uint64_t from, std::uint64_t to, Use&& use) {
    VOLANT_OK(examples_.rewind());
    for (std::uint64_t i = 0; i < to; ++i) {
        VOLANT_TRY(const bool more, examples_.next(example_));
        if (!more) return fail(Code::kCorrupt, "the examples ended early");
        if (i < from) continue;
        use(example_);
        if (++report_.done % kReportEvery != 0) continue;
        if (cancelled_.load(std::memory_order_relaxed))
            return fail(Code::kCancelled, "training was cancelled");
        progress_(report_);
    }
    return {};
}

Status LinearJob::learn(std::uint64_t from, std::uint64_t to, ProgressiveScore* progressive) {
    return each(from, to, [&](const Example& example) {
        const double predicted = weights_->learn(example.terms, example.label);
        if (progressive == nullptr) return;
        progressive->add(example, weights_->loss(predicted, example.label),
                         weights_->loss(example.baseline, example.label));
        report_.progressive_loss = progressive->mean();
    });
}

Result<double> LinearJob::loss(std::uint64_t from, std::uint64_t to) {
    double sum = 0;
    VOLANT_OK(each(from, to, [&](const Example& example) {
        sum += weights_->loss(weights_->predict(example.terms), example.label);
    }));
    return sum / static_cast<double>(std::max<std::uint64_t>(1, to - from));
}

// Passes over [0, split); leaves the best weights in weights_.
Result<std::uint32_t> LinearJob::learn_passes(std::uint64_t split, ProgressiveScore& progressive) {
    const std::uint32_t patience = model_.learner.early_stop;
    const std::uint64_t choice =
        patience == 0
            ? split
            : split - static_cast<std::uint64_t>(static_cast<double>(split) * kChoiceShare);
    std::unique_ptr<model::LinearModel> best;
    double best_loss = std::numeric_limits<double>::infinity();
    std::uint32_t best_pass = 0, pass = 0;
    while (pass < std::max(1u, model_.learner.passes)) {
        VOLANT_OK(learn(0, choice, pass == 0 ? &progressive : nullptr));
        ++pass;
        if (patience == 0) continue;
        VOLANT_TRY(const double now, loss(choice, split));
        if (now < best_loss) {
            best_loss = now;
            best_pass = pass;
            best = weights_->clone();
        } else if (pass - best_pass >= patience) {
            break;
        }
    }
    if (patience == 0) return pass;
    weights_ = std::move(best);
    VOLANT_OK(learn(choice, split, nullptr));
    return best_pass;
}

Status LinearJob::check_labels() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    VOLANT_OK(each(0, examples_.count(), [&](const Example& example) {
        low = std::min(low, example.label);
        high = std::max(high, example.label);
    }));
    if (model_.task == spec::Task::kRegress || low < high) return {};
    return fail(Code::kConflict, "found the same outcome (" + std::to_string(low) + ") in all " +
                                     std::to_string(examples_.count()) +
                                     " examples, expected at least two kinds");
}

Result<Trained> LinearJob::run(double holdout) {
    const std::uint64_t count = examples_.count();
    if (count < kExamplesMin) {
        return fail(Code::kConflict, "found " + std::to_string(count) +
                                         " examples with a known outcome, expected at least " +
                                         std::to_string(kExamplesMin));
    }
    // The labels are looked at once, and what is set aside is judged before it is learned.
    report_.total = count * (2 + std::max(1u, model_.learner.passes));
    progress_(report_);
    VOLANT_OK(check_labels());
    const auto aside = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count) * holdout));
    const std::uint64_t split = count - std::min(aside, count - 1);

    Trained out;
    ProgressiveScore progressive;
    VOLANT_TRY(out.passes, learn_passes(split, progressive));
    OfflineScore offline(model_);
    VOLANT_OK(each(split, count, [&](const Example& example) {
        const double predicted = weights_->predict(example.terms);
        offline.add(example, predicted, weights_->loss(predicted, example.label),
                    weights_->loss(example.baseline, example.label));
    }));
    VOLANT_OK(learn(split, count, &progressive));
    report_.done = report_.total;
    progress_(report_);
    out.examples = count;
    out.scored = count - split;
    out.scores = offline.scores();
    out.offline_difference = offline.difference(2 * model_.loop.gate.alpha);
    out.scores.push_back(progressive.score(model_));
    out.weights = std::move(weights_);
    return out;
}

}  // namespace

Result<Trained> train_linear(const spec::ModelDecl& model, const spec::TrainingDecl& training,
                             ExampleFile& examples,
                             const std::function<void(const JobProgress&)>& progress,
                             const std::atomic<bool>& cancelled) {
    return LinearJob(model, examples, progress, cancelled).run(training.holdout);
}

}  // namespace volant::train
