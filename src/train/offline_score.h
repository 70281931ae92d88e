// Scores of a training: each figure beside the baseline's, with an interval that is clustered by
// subject (feedback::cluster_of); infinite where nothing says how far chance reaches.
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

// How well answers with several items are put in order: ndcg@10 and recall@10, each answer once.
class RankingScore {
  public:
    void add(const Example& example, double predicted);
    // The last answer is complete. Empty if no answer had two items of which one was wanted.
    std::vector<model::Score> scores();

  private:
    // One way to order the items: by the learned scores, or by the baseline's.
    struct Order {
        std::vector<double> scores;
        measure::ClusterSums ndcg, recall;
    };
    void finish();
    void judge(Order& order);

    std::uint64_t answer_ = 0, cluster_ = 0;
    std::vector<double> labels_;
    Order learned_, baseline_;
};

// On examples that the weights have not seen.
class OfflineScore {
  public:
    explicit OfflineScore(const spec::ModelDecl& model) : model_(model) {}
    void add(const Example& example, double predicted, double loss, double baseline_loss);
    std::vector<model::Score> scores();  // once, when all are added
    // The mean of loss - baseline's loss, with the two-sided interval at confidence 1 - alpha.
    measure::Estimate difference(double alpha) const { return difference_.estimate(alpha); }

  private:
    std::optional<model::Score> auc() const;

    const spec::ModelDecl& model_;
    measure::ClusterSums loss_, baseline_loss_, difference_;
    std::vector<double> predicted_, baseline_, labels_;
    std::vector<std::uint64_t> clusters_;
    RankingScore ranking_;
};

}  // namespace volant::train
