#include "train/offline_score.h"

#include <algorithm>
#include <cmath>

namespace volant::train {
namespace {

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
    loss_.add(example.subject, loss);
    baseline_.add(example.subject, baseline_loss);
}

model::Score ProgressiveScore::score(const spec::ModelDecl& model) const {
    return loss_score(model, "progressive_" + loss_name(model), loss_, baseline_);
}

void OfflineScore::add(const Example& example, double predicted, double loss,
                       double baseline_loss) {
    loss_.add(example.subject, loss);
    baseline_loss_.add(example.subject, baseline_loss);
    difference_.add(example.subject, loss - baseline_loss);
    predicted_.push_back(predicted);
    baseline_.push_back(example.baseline);
    labels_.push_back(example.label);
}

std::vector<model::Score> OfflineScore::scores() const {
    return {loss_score(model_, loss_name(model_), loss_, baseline_loss_)};
}

}  // namespace volant::train
