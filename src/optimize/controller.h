// Controller: turns the wheel. A fold over what closed, which says what should be decided now; the
// server asks it often and writes the decisions to the log, where they become true.
//
// Arms: the mean outcome of each arm, by impression, clustered by subject; in all and since the
// live version was promoted. Gate: a candidate is judged on the impressions that close after it was
// registered. At exactly `gate.outcomes` of them it is compared once with what serves: the paired
// difference of losses, clustered by subject. It is promoted if the one-sided upper bound at
// `alpha` lies below 0, else refused. One look, so the chance to promote a candidate that is not
// better is at most alpha. Rollback: the learned arm is compared with the concurrent holdback since
// the promotion, never with before, so that what happens to everybody rolls nothing back. Looks at
// 250, 500, 1000, ... impressions, at most kLooks of them, each at alpha / kLooks (Bonferroni): the
// live version goes if the upper bound of learned - baseline lies below 0. Retrain: by schedule, by
// number of outcomes, or when the recent loss has risen above the best by `score_drop`.
//
// A loss that is no number, or past 1e60, counts as that: every mean here stays finite whatever
// comes. Threads: the apply thread; const functions wherever no apply runs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deploy/live_models.h"
#include "measure/cluster_sums.h"
#include "model/registry.h"
#include "spec/spec.h"

namespace volant::optimize {

inline constexpr std::size_t kArms = 3;
inline constexpr int kLooks = 12;

struct ArmFigures {
    measure::ClusterSums total;
    measure::ClusterSums since_promotion;
};

struct ModelFigures {
    std::array<ArmFigures, kArms> arms;
    measure::ClusterSums gate;  // candidate's loss - serving loss, since the gate opened
    Micros gate_opened_at = 0;
    int looks = 0;  // at the live version, since its promotion
    std::optional<measure::Estimate>
        alarm;  // learned - baseline, of a look that found it surely below 0
    std::uint64_t outcomes_since_training = 0;
    Micros trained_at = 0;  // the last training began (or the first outcome came)
    std::uint64_t judged = 0;
    double recent_loss = 0;      // of what serves: an average that forgets over kRecent impressions
    double best_loss = 0;        // the lowest of those since the promotion
    double progressive_sum = 0;  // of what serves, all time
};

class Controller {
  public:
    explicit Controller(const spec::Spec& spec) : spec_(spec), models_(spec.models.size()) {}

    // Folds.
    void judged(const deploy::Judged& judged, const model::Registry::Model& registry);
    void decided(int model, const model::DecisionRecord& decision, Micros at);

    // What should be decided now; empty most of the time. A decision that is not written is said
    // again.
    std::vector<model::DecisionRecord> pending(const model::Registry& registry, Micros now) const;

    const ModelFigures& figures(int model) const {
        return models_[static_cast<std::size_t>(model)];
    }

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);
    // Model `i` becomes what `from` has as model models[i] (-1: a new one).
    void take_over(Controller&& from, const std::vector<int>& models);

  private:
    void look(const spec::ModelDecl& model, ModelFigures& figures);
    std::optional<model::DecisionRecord> gate(int model, const model::Registry::Model& registry,
                                              Micros now) const;
    std::optional<model::DecisionRecord> rollback(int model,
                                                  const model::Registry::Model& registry) const;
    std::optional<model::DecisionRecord> retrain(int model, const model::Registry::Model& registry,
                                                 Micros now) const;

    const spec::Spec& spec_;
    std::vector<ModelFigures> models_;
};

}  // namespace volant::optimize
