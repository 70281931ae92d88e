#include "optimize/controller.h"

#include <algorithm>
#include <cmath>

#include "core/bytes.h"
#include "core/hash.h"
#include "measure/quantile.h"

namespace volant::optimize {
namespace {

using model::DecisionKind;
using model::DecisionRecord;

constexpr double kRecent = 10'000;   // impressions over which recent_loss forgets
constexpr double kFirstLook = 250;   // impressions of the learned arm
constexpr double kOutcomesMin = 50;  // fewer closed outcomes are never trained on

// The largest figure that may go into a mean: sums of its square stay finite. Losses of outcomes
// (spec::kOutcomeMax) lie far below; weights that have run away do not.
constexpr double kFigureMax = 1e60;

double finite(double figure) {
    return std::isnan(figure) ? kFigureMax : std::clamp(figure, -kFigureMax, kFigureMax);
}

DecisionRecord decision(DecisionKind kind, const spec::ModelDecl& model, std::uint32_t version,
                        std::uint32_t from, std::string why) {
    return {kind, model.name, version, from, "controller", std::move(why), {}};
}

void add_numbers(DecisionRecord& decision, std::string_view name, const measure::Estimate& e) {
    const std::string base(name);
    decision.numbers.emplace_back(base, e.mean);
    decision.numbers.emplace_back(base + "_low", e.low);
    decision.numbers.emplace_back(base + "_high", e.high);
}

const measure::ClusterSums& since(const ModelFigures& figures, feedback::Arm arm) {
    return figures.arms[static_cast<std::size_t>(arm)].since_promotion;
}

// How many looks the impressions so far allow: one each time they double.
int looks_due(double impressions) {
    int looks = 0;
    for (double next = kFirstLook; impressions >= next && looks < kLooks; next *= 2) ++looks;
    return looks;
}

}  // namespace

void Controller::judged(const deploy::Judged& judged, const model::Registry::Model& registry) {
    ModelFigures& figures = models_[static_cast<std::size_t>(judged.closed.model)];
    const std::uint64_t cluster = feedback::cluster_of(judged.closed);
    ArmFigures& arm = figures.arms[static_cast<std::size_t>(judged.closed.arm)];
    const double outcome = finite(judged.outcome);
    arm.total.add(cluster, outcome);
    // An answer that was given before the promotion says nothing about what serves now.
    if (!registry.served.empty() && judged.closed.predicted_at >= registry.served.back().from) {
        arm.since_promotion.add(cluster, outcome);
    }
    if (figures.trained_at == 0) figures.trained_at = judged.closed.closed_at;
    ++figures.outcomes_since_training;
    ++figures.judged;

    double serving = finite(judged.baseline_loss);
    std::optional<double> candidate;
    for (const auto& [version, loss] : judged.version_losses) {
        if (version == registry.live) serving = finite(loss);
        if (version == registry.candidate) candidate = finite(loss);
    }
    figures.progressive_sum += serving;
    const double share = std::max(1.0 / kRecent, 1.0 / static_cast<double>(figures.judged));
    figures.recent_loss += share * (serving - figures.recent_loss);
    if (figures.judged >= kRecent) {
        figures.best_loss = figures.best_loss == 0
                                ? figures.recent_loss
                                : std::min(figures.best_loss, figures.recent_loss);
    }
    const auto wanted = static_cast<double>(
        spec_.models[static_cast<std::size_t>(judged.closed.model)].loop.gate.outcomes);
    if (candidate && figures.gate.count() < wanted) figures.gate.add(cluster, *candidate - serving);
    look(spec_.models[static_cast<std::size_t>(judged.closed.model)], figures);
}

void Controller::look(const spec::ModelDecl& model, ModelFigures& figures) {
    const measure::ClusterSums& learned = since(figures, feedback::Arm::kLearned);
    if (figures.looks >= looks_due(learned.count())) return;
    ++figures.looks;
    const measure::Estimate e = measure::difference(
        learned, since(figures, feedback::Arm::kBaseline), 2 * model.loop.gate.alpha / kLooks);
    if (e.high < 0) figures.alarm = e;
}

void Controller::decided(int model, const DecisionRecord& decision, Micros at) {
    ModelFigures& figures = models_[static_cast<std::size_t>(model)];
    switch (decision.kind) {
        case DecisionKind::kPromote:
        case DecisionKind::kRollback:
            for (ArmFigures& arm : figures.arms) arm.since_promotion.clear();
            figures.looks = 0;
            figures.alarm.reset();
            figures.best_loss = 0;
            break;
        case DecisionKind::kGate:
            figures.gate.clear();
            figures.gate_opened_at = at;
            break;
        case DecisionKind::kRetrain:
            figures.outcomes_since_training = 0;
            figures.trained_at = at;
            figures.best_loss = figures.recent_loss;
            break;
        case DecisionKind::kRefuse:
            break;
    }
}

std::vector<DecisionRecord> Controller::pending(const model::Registry& registry, Micros now) const {
    std::vector<DecisionRecord> out;
    for (std::size_t i = 0; i < models_.size(); ++i) {
        const int index = static_cast<int>(i);
        const model::Registry::Model& entry = registry.model(index);
        // At most one decision for a model at a time, the safest first.
        auto decision = rollback(index, entry);
        if (!decision) decision = gate(index, entry, now);
        if (!decision) decision = retrain(index, entry, now);
        if (decision) out.push_back(std::move(*decision));
    }
    return out;
}

std::optional<DecisionRecord> Controller::gate(int index, const model::Registry::Model& registry,
                                               Micros now) const {
    const spec::ModelDecl& model = spec_.models[static_cast<std::size_t>(index)];
    const ModelFigures& figures = models_[static_cast<std::size_t>(index)];
    if (registry.candidate == 0 || !model.loop.auto_promote) return std::nullopt;
    const bool enough = figures.gate.count() >= static_cast<double>(model.loop.gate.outcomes);
    if (!enough && now - figures.gate_opened_at < model.loop.gate.patience) return std::nullopt;
    // The one-sided bound at alpha is an end of the two-sided interval at 2 alpha.
    const measure::Estimate e = figures.gate.estimate(2 * model.loop.gate.alpha);
    const bool better = enough && e.high < 0;
    DecisionRecord out = decision(
        better ? DecisionKind::kPromote : DecisionKind::kRefuse, model, registry.candidate,
        registry.live,
        better   ? "its loss on fresh impressions is lower than that of what serves"
        : enough ? "its loss on fresh impressions is not surely lower than that of what serves"
                 : "too few fresh impressions came within gate.patience");
    add_numbers(out, "loss_difference", e);
    out.numbers.emplace_back("impressions", e.count);
    out.numbers.emplace_back("subjects", e.clusters);
    out.numbers.emplace_back("alpha", model.loop.gate.alpha);
    return out;
}

std::optional<DecisionRecord> Controller::rollback(int index,
                                                   const model::Registry::Model& registry) const {
    const spec::ModelDecl& model = spec_.models[static_cast<std::size_t>(index)];
    const ModelFigures& figures = models_[static_cast<std::size_t>(index)];
    if (registry.live == 0 || !figures.alarm || !model.loop.auto_promote) return std::nullopt;
    DecisionRecord out = decision(DecisionKind::kRollback, model, registry.previous, registry.live,
                                  "its outcomes are lower than the concurrent holdback's");
    add_numbers(out, "outcome_difference", *figures.alarm);
    out.numbers.emplace_back("learned_impressions",
                             since(figures, feedback::Arm::kLearned).count());
    out.numbers.emplace_back("holdback_impressions",
                             since(figures, feedback::Arm::kBaseline).count());
    out.numbers.emplace_back("look", figures.looks);
    return out;
}

std::optional<DecisionRecord> Controller::retrain(int index, const model::Registry::Model& registry,
                                                  Micros now) const {
    const spec::ModelDecl& model = spec_.models[static_cast<std::size_t>(index)];
    const spec::RetrainDecl& rule = model.loop.retrain;
    const ModelFigures& figures = models_[static_cast<std::size_t>(index)];
    const auto outcomes = static_cast<double>(figures.outcomes_since_training);
    if (registry.candidate != 0 || outcomes < kOutcomesMin) return std::nullopt;
    std::string why;
    if (rule.or_after > 0 && figures.outcomes_since_training >= rule.or_after) {
        why = "enough new outcomes";
    } else if (rule.every > 0 && now - figures.trained_at >= rule.every) {
        why = "the schedule";
    } else if (rule.score_drop > 0 && figures.best_loss > 0 &&
               figures.recent_loss > figures.best_loss * (1 + rule.score_drop)) {
        why = "the recent loss has risen";
    } else {
        return std::nullopt;
    }
    DecisionRecord out = decision(DecisionKind::kRetrain, model, 0, registry.live, std::move(why));
    out.numbers.emplace_back("outcomes", outcomes);
    out.numbers.emplace_back("recent_loss", figures.recent_loss);
    out.numbers.emplace_back("best_loss", figures.best_loss);
    return out;
}

void Controller::take_over(Controller&& from, const std::vector<int>& models) {
    models_ = std::vector<ModelFigures>(models_.size());
    for (std::size_t i = 0; i < models_.size(); ++i) {
        if (models[i] >= 0)
            models_[i] = std::move(from.models_[static_cast<std::size_t>(models[i])]);
    }
}

void Controller::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(models_.size());
    for (const ModelFigures& figures : models_) {
        for (const ArmFigures& arm : figures.arms) {
            arm.total.snapshot(writer);
            arm.since_promotion.snapshot(writer);
        }
        figures.gate.snapshot(writer);
        writer.i64(figures.gate_opened_at);
        writer.varint(static_cast<std::uint64_t>(figures.looks));
        writer.u8(figures.alarm ? 1 : 0);
        const measure::Estimate alarm = figures.alarm.value_or(measure::Estimate{});
        for (const double v : {alarm.mean, alarm.low, alarm.high}) writer.f64(v);
        writer.varint(figures.outcomes_since_training);
        writer.i64(figures.trained_at);
        writer.varint(figures.judged);
        for (const double v : {figures.recent_loss, figures.best_loss, figures.progressive_sum})
            writer.f64(v);
    }
}

Status Controller::restore(std::string_view bytes) {
    Cursor in(bytes);
    if (in.varint() != models_.size())
        return fail(Code::kCorrupt, "snapshot of the controller: other models");
    for (ModelFigures& figures : models_) {
        for (ArmFigures& arm : figures.arms) {
            arm.total.restore(in);
            arm.since_promotion.restore(in);
        }
        figures.gate.restore(in);
        figures.gate_opened_at = in.i64();
        figures.looks = static_cast<int>(in.varint());
        const bool alarmed = in.u8() != 0;
        measure::Estimate alarm;
        for (double* v : {&alarm.mean, &alarm.low, &alarm.high}) *v = in.f64();
        figures.alarm = alarmed ? std::optional(alarm) : std::nullopt;
        figures.outcomes_since_training = in.varint();
        figures.trained_at = in.i64();
        figures.judged = in.varint();
        for (double* v : {&figures.recent_loss, &figures.best_loss, &figures.progressive_sum})
            *v = in.f64();
    }
    if (!in.ok() || !in.done())
        return fail(Code::kCorrupt, "snapshot of the controller is not whole");
    return {};
}

}  // namespace volant::optimize
