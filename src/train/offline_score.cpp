#include "train/offline_score.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/hash.h"
#include "measure/classification.h"
#include "measure/interval.h"
#include "measure/ranking.h"

namespace volant::train {
namespace {

constexpr double kLevel = 0.95;
constexpr double kUnknown = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kBootstrapSeed = 1;
constexpr std::size_t kManyRows = 20'000;
constexpr std::size_t kDraws = 200;
constexpr std::size_t kFewDraws = 40;
constexpr std::size_t kPlacesJudged = 10;

bool is_squared(const spec::ModelDecl& model) {
    return model.learner.loss == spec::Loss::kSquared;
}

std::string loss_name(const spec::ModelDecl& model) {
    switch (model.learner.loss) {
        case spec::Loss::kLogistic:
            return "log_loss";
        case spec::Loss::kSquared:
            return "rmse";
        case spec::Loss::kQuantile:
            return "pinball";
        case spec::Loss::kPoisson:
            return "poisson_loss";
    }
    return "loss";
}

// A mean loss as it is shown: of squared errors the root.
model::Score loss_score(const spec::ModelDecl& model, std::string name,
                        const measure::ClusterSums& loss, const measure::ClusterSums& baseline) {
    const measure::Estimate e = loss.estimate();
    const auto shown = [&](double v) {
        return is_squared(model) ? std::sqrt(std::max(0.0, v)) : v;
    };
    return {std::move(name), shown(e.mean), shown(e.low), shown(e.high), shown(baseline.mean())};
}

}  // namespace

void ProgressiveScore::add(const Example& example, double loss, double baseline_loss) {
    loss_.add(example.cluster, loss);
    baseline_.add(example.cluster, baseline_loss);
}

model::Score ProgressiveScore::score(const spec::ModelDecl& model) const {
    return loss_score(model, "progressive_" + loss_name(model), loss_, baseline_);
}

void RankingScore::add(const Example& example, double predicted) {
    if (example.answer != answer_) finish();
    answer_ = example.answer;
    cluster_ = example.cluster;
    labels_.push_back(example.label);
    learned_.scores.push_back(predicted);
    baseline_.scores.push_back(example.baseline);
}

void RankingScore::finish() {
    const bool any = std::ranges::any_of(labels_, [](double label) { return label > 0; });
    if (any && labels_.size() > 1) {
        judge(learned_);
        judge(baseline_);
    }
    labels_.clear();
    learned_.scores.clear();
    baseline_.scores.clear();
}

// Items of equal score stand in an order of chance: a sampled answer has the wanted item first.
void RankingScore::judge(Order& order) {
    std::vector<std::size_t> items(labels_.size());
    std::iota(items.begin(), items.end(), std::size_t{0});
    std::ranges::sort(items, [&](std::size_t a, std::size_t b) {
        if (order.scores[a] != order.scores[b]) return order.scores[a] > order.scores[b];
        return hash_mix(answer_, a) < hash_mix(answer_, b);
    });
    std::vector<double> relevance;
    for (const std::size_t item : items) relevance.push_back(std::max(0.0, labels_[item]));
    order.ndcg.add(cluster_, measure::ndcg(relevance, kPlacesJudged).value_or(0));
    order.recall.add(cluster_, measure::recall(relevance, kPlacesJudged).value_or(0));
}

std::vector<model::Score> RankingScore::scores() {
    finish();
    std::vector<model::Score> scores;
    if (learned_.ndcg.count() == 0) return scores;
    const auto put = [&](const char* name, const measure::ClusterSums& learned,
                         const measure::ClusterSums& baseline) {
        const measure::Estimate e = learned.estimate();
        scores.push_back({name, e.mean, e.low, e.high, baseline.mean()});
    };
    put("ndcg@10", learned_.ndcg, baseline_.ndcg);
    put("recall@10", learned_.recall, baseline_.recall);
    return scores;
}

void OfflineScore::add(const Example& example, double predicted, double loss,
                       double baseline_loss) {
    loss_.add(example.cluster, loss);
    baseline_loss_.add(example.cluster, baseline_loss);
    difference_.add(example.cluster, loss - baseline_loss);
    predicted_.push_back(predicted);
    baseline_.push_back(example.baseline);
    labels_.push_back(example.label);
    clusters_.push_back(example.cluster);
    if (model_.task == spec::Task::kRank) ranking_.add(example, predicted);
}

// The area under the ROC curve, with an interval by drawing whole clusters again (Efron 1979; of
// clusters: Field and Welsh 2007).
std::optional<model::Score> OfflineScore::auc() const {
    const auto value = measure::auc(predicted_, labels_);
    const auto baseline = measure::auc(baseline_, labels_);
    if (!value || !baseline) return std::nullopt;
    const auto drawn = [&](std::span<const std::uint32_t> rows) -> std::optional<double> {
        std::vector<double> scores(rows.size()), labels(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            scores[i] = predicted_[rows[i]];
            labels[i] = labels_[rows[i]];
        }
        return measure::auc(scores, labels);
    };
    // Many rows leave little to chance, and each draw sorts them all.
    const std::size_t draws = labels_.size() > kManyRows ? kFewDraws : kDraws;
    const auto interval =
        measure::bootstrap_interval(clusters_, drawn, draws, kLevel, kBootstrapSeed);
    // Where all rows hang together, drawing them again shows nothing.
    if (!interval || !std::isfinite(loss_.estimate().high))
        return model::Score{"auc", *value, -kUnknown, kUnknown, *baseline};
    return model::Score{"auc", *value, interval->low, interval->high, *baseline};
}

std::vector<model::Score> OfflineScore::scores() {
    std::vector<model::Score> scores = {
        loss_score(model_, loss_name(model_), loss_, baseline_loss_)};
    if (model_.task != spec::Task::kRegress) {
        if (auto score = auc()) scores.push_back(std::move(*score));
    }
    std::ranges::move(ranking_.scores(), std::back_inserter(scores));
    return scores;
}

}  // namespace volant::train
