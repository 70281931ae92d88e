// Scores of a training: each figure with an interval that is clustered by subject, beside the
// baseline's.
#pragma once

#include <optional>
#include <vector>

#include "measure/cluster_sums.h"
#include "model/registry.h"
#include "spec/spec.h"
#include "train/example.h"

namespace volant::train {

// Test, then learn: the mean loss of predictions made before each example was learned.
class ProgressiveScore {
  public:
    void add(const Example& example, double loss, double baseline_loss);
    double mean() const { return loss_.mean(); }
    model::Score score(const spec::ModelDecl& model) const;

  private:
    measure::ClusterSums loss_;
    measure::ClusterSums baseline_;
};

// On examples that the weights have not seen.
class OfflineScore {
  public:
    explicit OfflineScore(const spec::ModelDecl& model) : model_(model) {}
    void add(const Example& example, double predicted, double loss, double baseline_loss);
    std::vector<model::Score> scores() const;
    // The mean of loss - baseline's loss, with the two-sided interval at confidence 1 - alpha.
    measure::Estimate difference(double alpha) const { return difference_.estimate(alpha); }

  private:
    std::optional<model::Score> auc() const;

    const spec::ModelDecl& model_;
    measure::ClusterSums loss_, baseline_loss_, difference_;
    std::vector<double> predicted_, baseline_, labels_;
    std::vector<std::uint64_t> subjects_;
};

}  // namespace volant::train
