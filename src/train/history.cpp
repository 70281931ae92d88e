#include "train/history.h"

#include <algorithm>

#include "core/hash.h"
#include "core/random.h"
#include "model/row_maker.h"

namespace volant::train {
namespace {

std::string_view entity_id(const collect::EventView& event, int entity) {
    const collect::EntityUse* use = entity < 0 ? nullptr : event.entity(entity);
    return use == nullptr ? std::string_view{} : use->id;
}

}  // namespace

History::History(const spec::Spec& spec, int model, OnExample on_example)
    : spec_(spec),
      index_(model),
      model_(spec.models[static_cast<std::size_t>(model)]),
      on_example_(std::move(on_example)),
      columns_(spec, model),
      entities_(spec),
      features_(spec, entities_),
      open_(spec, [this](const feedback::Closed& answer) { closed(answer); }),
      baseline_(spec.server.entities_max) {}

void History::apply(const log::Record& record) {
    lsn_ = record.lsn;
    time_ = std::max(time_, record.known_at);
    open_.expire(time_);
    switch (record.type) {
        case log::RecordType::kEvent:
            return event(record);
        case log::RecordType::kPrediction:
            return prediction(record);
        case log::RecordType::kSpec:
            return specification(record);
        case log::RecordType::kFeedback:
            if (feedback::decode_feedback(record, feedback_).ok())
                open_.feedback(feedback_, record.known_at);
            return;
        default:
            return;
    }
}

void History::specification(const log::Record& record) {
    const auto logged = spec::parse_spec(record.clear, "the logged specification");
    const int index = logged.ok() ? logged->model_index(model_.name) : -1;
    if (index >= 0) logged_columns_[record.lsn] = std::make_unique<model::Columns>(*logged, index);
}

void History::prediction(const log::Record& record) {
    if (!feedback::decode_prediction(record, prediction_).ok() || prediction_.model != model_.name)
        return;
    open_.open(feedback::opened(record, prediction_, index_, spec_));
}

void History::event(const log::Record& record) {
    if (!collect::decode_event(spec_, record, event_).ok()) return;
    if (!model_.examples) return open_.event(event_);
    entities_.observe(event_, effects_);
    features_.follow(effects_);  // an id that is new may have the index of one that was evicted
    const bool occasion = is_occasion(event_);
    // A question about an entity is asked after the event, one about its item or label before.
    const bool before = model_.task == spec::Task::kRank || !model_.label_event.empty();
    if (occasion && before) ask(event_);
    features_.observe(event_, effects_);
    open_.event(event_);
    if (occasion && !before) ask(event_);
    if (model_.task == spec::Task::kRank) note_items(event_);
}

bool History::is_occasion(const collect::EventView& event) {
    if (event.type != model_.examples->at) return false;
    if (model_.examples->every == 0) return true;
    const int entity =
        model_.entity >= 0 && model_.task != spec::Task::kRank ? model_.entity : spec_.subject;
    const std::string_view id = entity_id(event, entity);
    if (id.empty()) return false;
    const auto [it, first] = asked_.try_emplace(std::string(id), event.event_time);
    if (!first && event.event_time - it->second < model_.examples->every) return false;
    it->second = event.event_time;
    return true;
}

feedback::OpenPrediction History::question(const collect::EventView& event) const {
    feedback::OpenPrediction open;
    open.lsn = event.lsn;
    open.model = index_;
    open.sampled = true;
    open.predicted_at = event.event_time;
    open.deadline = event.event_time + model_.outcome.within;
    const bool about_subject = model_.task == spec::Task::kRank || model_.entity < 0;
    open.subject = entity_id(event, about_subject ? spec_.subject : model_.entity);
    return open;
}

void History::ask(const collect::EventView& event) {
    feedback::OpenPrediction open = question(event);
    const bool ranking = model_.task == spec::Task::kRank;
    if (open.subject.empty() && (ranking || model_.entity >= 0)) return;
    std::vector<collect::EntityId> ids;
    for (const collect::EntityUse& use : event.entities) {
        if (use.entity >= 0) ids.push_back({use.entity, std::string(use.id)});
    }
    std::vector<Value> inputs;
    for (const spec::FieldDecl& input : model_.inputs) {
        const auto* property = event.property(input.name);
        inputs.push_back(property == nullptr ? Value{} : property->value());
    }
    model::RowMaker maker(spec_, index_, columns_, entities_, features_, ids, inputs,
                          event.event_time);
    std::vector<std::string> items = {std::string(ranking ? entity_id(event, model_.entity) : "")};
    if (ranking && items[0].empty()) return;
    if (ranking) {
        for (std::string& negative : sample(items[0], event.lsn))
            items.push_back(std::move(negative));
    }
    maker.rows(items, [&](std::size_t i, const std::vector<Value>& row) {
        feedback::ShownItem shown;
        model::Columns::encode(row, shown.row);
        shown.item = items[i];
        open.shown.push_back(std::move(shown));
    });
    const std::string& label =
        model_.label_event.empty() ? model_.examples->label : model_.label_property;
    if (label.empty()) return open_.open(std::move(open));

    const auto* property = event.property(label);  // the event is its own outcome
    if (property == nullptr || !property->value().has_number()) return;
    feedback::Closed answer{std::move(open), event.event_time, true};
    for (std::size_t i = 0; i < answer.shown.size(); ++i) {
        answer.shown[i].outcome =
            i == 0 ? std::optional(property->value().number()) : model_.outcome.otherwise;
    }
    closed(answer);
}

std::vector<std::string> History::sample(std::string_view item, log::Lsn lsn) {
    std::vector<std::string> out;
    if (items_.size() < 2) return out;
    Random random(hash_mix(model_.learner.seed, lsn));
    // Twice as many draws as wanted bound the work when few items are there.
    for (std::uint32_t draw = 0;
         draw < 2 * model_.examples->negatives && out.size() < model_.examples->negatives; ++draw) {
        const std::string_view id =
            entities_.id(model_.entity, items_[random.below(items_.size())]);
        if (id.empty() || id == item || std::find(out.begin(), out.end(), id) != out.end())
            continue;
        out.emplace_back(id);
    }
    return out;
}

void History::note_items(const collect::EventView& event) {
    const collect::EntityUse* use = event.entity(model_.entity);
    if (use == nullptr || use->index == collect::kNoEntity) return;
    if (use->index >= item_known_.size()) item_known_.resize(use->index + 1);
    if (item_known_[use->index]) return;
    item_known_[use->index] = true;
    items_.push_back(use->index);
}

void History::closed(const feedback::Closed& answer) {
    const model::Columns* columns = &columns_;
    if (!answer.sampled) {
        const auto it = logged_columns_.find(answer.spec_lsn);
        if (it == logged_columns_.end()) return;
        columns = it->second.get();
    }
    example_.subject = hash64(answer.subject);
    example_.at = answer.predicted_at;
    for (std::size_t i = 0; i < answer.shown.size(); ++i) {
        const feedback::ShownItem& shown = answer.shown[i];
        if (!shown.outcome || !columns->decode(shown.row, row_)) continue;
        const std::size_t place = answer.sampled ? 0 : i;  // sampled items stood nowhere
        columns->terms(row_, place, example_.terms);
        example_.label = *shown.outcome;
        example_.baseline = static_cast<float>(baseline_.predict(shown.item, place));
        on_example_(example_);
        baseline_.observe(shown.item, place, *shown.outcome);
    }
}

}  // namespace volant::train
