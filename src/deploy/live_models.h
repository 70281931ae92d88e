// LiveModels: what can answer now: for each model its baseline and the weights of every version
// that serves, waits in the gate, or is kept for a rollback. A fold over closed answers.
//
// A version's state is (package, learner lsn): when it is loaded, it first learns what was closed
// since its training ended; then it learns with each closing (`online: true`), serving or not, so
// that a rollback goes to a version that knows today. Threads: the apply thread; const functions
// wherever no apply runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "feedback/closed_queue.h"
#include "feedback/open_prediction.h"
#include "model/baseline.h"
#include "model/columns.h"
#include "model/linear.h"
#include "spec/spec.h"

namespace volant::deploy {

// Gives the weights of a registered version: from its package, or from memory while it is new.
class WeightsSource {
  public:
    virtual ~WeightsSource() = default;
    virtual Result<std::unique_ptr<model::LinearModel>> load(const std::string& model,
                                                             std::uint32_t version) = 0;
};

struct LiveVersion {
    std::unique_ptr<model::LinearModel> weights;
    log::Lsn learner_lsn = 0;  // the answer whose outcome was learned last
};

// What one closed impression said about each answerer, before any of them learned from it.
struct Judged {
    const feedback::Closed& closed;
    std::size_t place;
    double outcome;
    double baseline_loss;
    std::vector<std::pair<std::uint32_t, double>> version_losses;  // by version
};

class LiveModels {
  public:
    using OnJudged = std::function<void(const Judged&)>;

    LiveModels(const spec::Spec& spec, WeightsSource& weights, OnJudged on_judged);

    // Columns of `model` under the specification recorded at `spec_lsn`.
    void add_spec(log::Lsn spec_lsn, const spec::Spec& spec);
    const model::Columns* columns(int model, log::Lsn spec_lsn) const;
    log::Lsn spec_lsn() const { return spec_lsn_; }

    // Judges and learns. `at` is the record during whose apply the answer closed.
    void closed(const feedback::Closed& closed, log::Lsn at);

    // A ranking's outcome counts for the popularity of its item at once; an item that had none,
    // when the ranking closes.
    void outcome(const feedback::OpenPrediction& prediction, std::size_t place);
    // An outcome event of a ranking named an item that no open answer had shown.
    void came_alone(int model, std::string_view item);

    // True if a version trained through `trained_lsn` can still catch up here.
    bool can_catch_up(int model, log::Lsn trained_lsn) const;
    // Loads and catches up; a package that cannot be read leaves the version without weights.
    void add_version(int model, std::uint32_t version, log::Lsn trained_lsn);
    void drop_version(int model, std::uint32_t version);

    const model::Baseline& baseline(int model) const {
        return models_[static_cast<std::size_t>(model)].baseline;
    }
    const LiveVersion* version(int model, std::uint32_t version) const;
    std::uint64_t updates(int model) const {
        return models_[static_cast<std::size_t>(model)].updates;
    }

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);
    // Model `i` becomes what a snapshot under the specification `before` has as its model models[i]
    // (-1: a new one). Gives the models (indices into Spec::models) whose weights another learner
    // made: their versions have none until they are trained again.
    Result<std::vector<int>> take_over(std::string_view in, const spec::Spec& before,
                                       const std::vector<int>& models);

  private:
    struct Model {
        explicit Model(std::size_t items_max) : baseline(items_max) {}
        Model(Model&&) = default;
        Model& operator=(Model&&) = default;
        model::Baseline baseline;
        std::map<std::uint32_t, LiveVersion> versions;
        feedback::ClosedQueue recent;  // for versions whose training ended before
        log::Lsn recent_after = 0;     // what closed during records after this one is in `recent`
        std::uint64_t updates = 0;
    };
    static constexpr std::size_t kRecentMax = 20'000;
    static constexpr std::size_t kRecentBytes = 64u << 20;

    void learn(const model::Columns& columns, const feedback::Closed& closed, LiveVersion& version);
    Model make_model() const;

    const spec::Spec& spec_;
    WeightsSource& weights_;
    OnJudged on_judged_;
    log::Lsn spec_lsn_ = 0;
    std::map<log::Lsn, std::vector<std::unique_ptr<model::Columns>>>
        columns_;  // by spec, then by model of spec_
    std::vector<Model> models_;
    std::vector<Value> row_;
    std::vector<model::Term> terms_;
};

}  // namespace volant::deploy
