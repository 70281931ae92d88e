#include "deploy/live_models.h"

#include "core/bytes.h"
#include "model/losses.h"

namespace volant::deploy {
namespace {

using feedback::Closed;
using feedback::ShownItem;

// Whether outcome() has counted this item's outcome already.
bool counted_at_once(const spec::ModelDecl& model, const ShownItem& shown) {
    return model.task == spec::Task::kRank && model.outcome.aggregate == spec::Aggregate::kFirst &&
           shown.came;
}

}  // namespace

LiveModels::LiveModels(const spec::Spec& spec, WeightsSource& weights, OnJudged on_judged)
    : spec_(spec), weights_(weights), on_judged_(std::move(on_judged)) {
    for (std::size_t i = 0; i < spec.models.size(); ++i) models_.push_back(make_model());
}

LiveModels::Model LiveModels::make_model() const {
    return Model(spec_.server.entities_max);
}

void LiveModels::add_spec(log::Lsn spec_lsn, const spec::Spec& spec) {
    std::vector<std::unique_ptr<model::Columns>>& columns = columns_[spec_lsn];
    columns.clear();
    for (const spec::ModelDecl& model : spec_.models) {
        const int index = spec.model_index(model.name);
        columns.push_back(index < 0 ? nullptr : std::make_unique<model::Columns>(spec, index));
    }
    spec_lsn_ = spec_lsn;
}

const model::Columns* LiveModels::columns(int model, log::Lsn spec_lsn) const {
    const auto it = columns_.find(spec_lsn);
    return it == columns_.end() ? nullptr : it->second[static_cast<std::size_t>(model)].get();
}

const LiveVersion* LiveModels::version(int model, std::uint32_t version) const {
    const auto& versions = models_[static_cast<std::size_t>(model)].versions;
    const auto it = versions.find(version);
    return it == versions.end() ? nullptr : &it->second;
}

void LiveModels::closed(const Closed& closed, log::Lsn at) {
    Model& model = models_[static_cast<std::size_t>(closed.model)];
    const model::Columns* columns = this->columns(closed.model, closed.spec_lsn);
    if (columns == nullptr) return;
    const spec::ModelDecl& decl = spec_.models[static_cast<std::size_t>(closed.model)];
    const model::LossFunction loss{decl.learner.loss, decl.learner.quantile};
    const bool online = decl.loop.online;
    for (std::size_t place = 0; place < closed.shown.size(); ++place) {
        const ShownItem& shown = closed.shown[place];
        if (!shown.outcome || !columns->decode(shown.row, row_)) continue;
        columns->terms(row_, place, terms_);
        const double expected = model.baseline.predict(shown.item, place);
        Judged judged{closed, place, *shown.outcome, loss.of(expected, *shown.outcome), {}};
        for (const auto& [number, version] : model.versions) {
            const double predicted = version.weights->predict(terms_);
            judged.version_losses.emplace_back(number, loss.of(predicted, *shown.outcome));
        }
        on_judged_(judged);
        if (!counted_at_once(spec_.models[static_cast<std::size_t>(closed.model)], shown)) {
            model.baseline.observe(shown.item, place, *shown.outcome);
        }
        for (auto& [number, version] : model.versions) {
            if (!online) continue;
            version.weights->learn(terms_, *shown.outcome);
            version.learner_lsn = closed.lsn;
        }
        if (online && !model.versions.empty()) ++model.updates;
    }
    model.recent.push(at, closed);
    while (model.recent.size() > kRecentMax || model.recent.bytes() > kRecentBytes)
        model.recent_after = model.recent.pop();
}

void LiveModels::outcome(const feedback::OpenPrediction& prediction, std::size_t place) {
    const ShownItem& shown = prediction.shown[place];
    models_[static_cast<std::size_t>(prediction.model)].baseline.observe(shown.item, place,
                                                                         *shown.outcome);
}

void LiveModels::came_alone(int model, std::string_view item) {
    models_[static_cast<std::size_t>(model)].baseline.alone(item);
}

bool LiveModels::can_catch_up(int model, log::Lsn trained_lsn) const {
    return trained_lsn >= models_[static_cast<std::size_t>(model)].recent_after;
}

void LiveModels::learn(const model::Columns& columns, const Closed& closed, LiveVersion& version) {
    for (std::size_t place = 0; place < closed.shown.size(); ++place) {
        const ShownItem& shown = closed.shown[place];
        if (!shown.outcome || !columns.decode(shown.row, row_)) continue;
        columns.terms(row_, place, terms_);
        version.weights->learn(terms_, *shown.outcome);
        version.learner_lsn = closed.lsn;
    }
}

void LiveModels::add_version(int index, std::uint32_t number, log::Lsn trained_lsn) {
    auto weights = weights_.load(spec_.models[static_cast<std::size_t>(index)].name, number);
    if (!weights.ok()) return;
    Model& model = models_[static_cast<std::size_t>(index)];
    LiveVersion version{std::move(*weights), 0};
    model.recent.each([&](log::Lsn at, const Closed& closed) {
        const model::Columns* columns = this->columns(index, closed.spec_lsn);
        if (at > trained_lsn && columns != nullptr) learn(*columns, closed, version);
    });
    model.versions[number] = std::move(version);
}

void LiveModels::drop_version(int model, std::uint32_t version) {
    models_[static_cast<std::size_t>(model)].versions.erase(version);
}

void LiveModels::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(models_.size());
    for (const Model& model : models_) {
        std::string part;
        model.baseline.snapshot(part);
        writer.string(part);
        writer.varint(model.updates);
        writer.varint(model.versions.size());
        for (const auto& [number, version] : model.versions) {
            part.clear();
            version.weights->save(part);
            writer.varint(number);
            writer.varint(version.learner_lsn);
            writer.string(part);
        }
        writer.varint(model.recent_after);
        writer.varint(model.recent.size());
        model.recent.each([&](log::Lsn at, const Closed& closed) {
            writer.varint(at);
            writer.i64(closed.closed_at);
            writer.u8(closed.by_outcome ? 1 : 0);
            feedback::put(writer, closed);
        });
    }
}

Result<std::vector<int>> LiveModels::take_over(std::string_view in, const spec::Spec& before,
                                               const std::vector<int>& models) {
    LiveModels old(before, weights_, {});
    VOLANT_OK(old.restore(in));
    std::vector<int> without_weights;
    for (std::size_t i = 0; i < models_.size(); ++i) {
        models_[i] = make_model();
        if (models[i] < 0) continue;
        Model& taken = old.models_[static_cast<std::size_t>(models[i])];
        std::string bytes;
        taken.baseline.snapshot(bytes);
        VOLANT_OK(models_[i].baseline.restore(bytes));
        models_[i].updates = taken.updates;
        models_[i].recent_after = taken.recent_after;
        taken.recent.each([&](log::Lsn at, Closed closed) {
            closed.model = static_cast<int>(i);
            models_[i].recent.push(at, closed);
        });
        for (auto& [number, version] : taken.versions) {
            LiveVersion here{std::make_unique<model::LinearModel>(spec_.models[i].learner),
                             version.learner_lsn};
            bytes.clear();
            version.weights->save(bytes);
            if (here.weights->load(bytes).ok()) {
                models_[i].versions[number] = std::move(here);
            } else if (without_weights.empty() || without_weights.back() != static_cast<int>(i)) {
                without_weights.push_back(static_cast<int>(i));
            }
        }
    }
    return without_weights;
}

Status LiveModels::restore(std::string_view bytes) {
    Cursor in(bytes);
    const Error damaged = fail(Code::kCorrupt, "snapshot of the live models is not whole");
    if (in.varint() != models_.size()) return damaged;
    for (std::size_t i = 0; i < models_.size(); ++i) {
        Model model = make_model();
        VOLANT_OK(model.baseline.restore(in.string()));
        model.updates = in.varint();
        const std::uint64_t versions = in.varint();
        for (std::uint64_t v = 0; v < versions && in.ok(); ++v) {
            const auto number = static_cast<std::uint32_t>(in.varint());
            LiveVersion version{std::make_unique<model::LinearModel>(spec_.models[i].learner),
                                in.varint()};
            VOLANT_OK(version.weights->load(in.string()));
            model.versions[number] = std::move(version);
        }
        model.recent_after = in.varint();
        const std::uint64_t recent = in.varint();
        for (std::uint64_t r = 0; r < recent && in.ok(); ++r) {
            const log::Lsn at = in.varint();
            Closed closed;
            closed.closed_at = in.i64();
            closed.by_outcome = in.u8() != 0;
            static_cast<feedback::OpenPrediction&>(closed) = feedback::take(in);
            model.recent.push(at, closed);
        }
        models_[i] = std::move(model);
    }
    if (!in.ok() || !in.done()) return damaged;
    return {};
}

}  // namespace volant::deploy
