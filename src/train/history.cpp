#include "train/history.h"

#include <algorithm>

#include "core/hash.h"
#include "core/random.h"
#include "feedback/contract.h"
#include "model/row_maker.h"

namespace volant::train {
namespace {

// The event's property that is its own outcome; "" if there is none.
const std::string& own_label(const spec::ModelDecl& model) {
    return model.label_event.empty() && model.examples ? model.examples->label
                                                       : model.label_property;
}

}  // namespace

History::History(const spec::Spec& spec, int model, OnExample on_example)
    : spec_(spec),
      index_(model),
      model_(spec.models[static_cast<std::size_t>(model)]),
      asks_before_(model_.task == spec::Task::kRank || !own_label(model_).empty()),
      label_(own_label(model_)),
      on_example_(std::move(on_example)),
      columns_(spec, model),
      entities_(spec),
      features_(spec, entities_),
      open_(
          spec, [this](const feedback::Closed& answer) { closed(answer); }, {},
          [this](int of, std::string_view item) {
              if (of == index_) baseline_.alone(item);
          }),
      baseline_(spec.server.entities_max) {}

void History::apply(const log::Record& record) {
    if (record.known_at != time_) ask_waiting();
    lsn_ = record.lsn;
    move_time(record);
    open_.expire(time_);
    give_due();
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

// Imported history goes back: to before the specification was logged, or the file before it.
void History::move_time(const log::Record& record) {
    const bool assumed = (record.flags & log::kKnownAtAssumed) != 0;
    if (importing_ && !assumed && record.known_at > time_) {
        silent_from_ = time_;
        silent_to_ = record.known_at;
    }
    importing_ = assumed;
    time_ = assumed ? record.known_at : std::max(time_, record.known_at);
}

void History::specification(const log::Record& record) {
    const auto logged = spec::parse_logged_spec(record.clear, "the logged specification");
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
    std::optional<Occasion> asked = is_occasion(event_) ? occasion(event_) : std::nullopt;
    if (asked && asks_before_) ask(*std::move(asked));
    features_.observe(event_, effects_);
    open_.event(event_);
    if (asked && !asks_before_) waiting_.push_back(*std::move(asked));
    if (waiting_.size() >= spec_.server.open_max) ask_waiting();
    if (model_.task == spec::Task::kRank) note_items(event_);
}

bool History::is_occasion(const collect::EventView& event) {
    if (event.type != model_.examples->at) return false;
    if (model_.examples->every == 0 && asks_before_) return true;
    const int entity =
        model_.entity >= 0 && model_.task != spec::Task::kRank ? model_.entity : spec_.subject;
    const std::string_view id = event.id_of(entity);
    if (id.empty()) return model_.examples->every == 0;
    const auto [it, first] = asked_.try_emplace(std::string(id), event.event_time);
    if (!first && event.event_time - it->second < std::max<Micros>(1, model_.examples->every))
        return false;
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
    open.subject = event.id_of(about_subject ? spec_.subject : model_.entity);
    return open;
}

std::optional<History::Occasion> History::occasion(const collect::EventView& event) {
    Occasion asked;
    asked.open = question(event);
    const bool ranking = model_.task == spec::Task::kRank;
    if (asked.open.subject.empty() && (ranking || model_.entity >= 0)) return std::nullopt;
    if (!label_.empty()) {
        const auto* property = event.property(label_);
        if (property == nullptr || !property->value().has_number()) return std::nullopt;
        asked.label = property->value().number();
        if (!feedback::is_outcome(*asked.label)) return std::nullopt;
    }
    for (const collect::EntityUse& use : event.entities) {
        if (use.entity >= 0) asked.ids.push_back({use.entity, std::string(use.id)});
    }
    for (const spec::FieldDecl& input : model_.inputs) {
        const auto* property = event.property(input.name);
        asked.inputs.push_back(property == nullptr ? Value{} : property->value());
    }
    asked.items = {std::string(ranking ? event.id_of(model_.entity) : "")};
    if (!ranking) return asked;
    if (asked.items[0].empty()) return std::nullopt;
    for (std::string& negative : sample(asked.items[0], event.lsn))
        asked.items.push_back(std::move(negative));
    return asked;
}

void History::ask(Occasion occasion) {
    feedback::OpenPrediction open = std::move(occasion.open);
    model::RowMaker maker(spec_, index_, columns_, entities_, features_, occasion.ids,
                          occasion.inputs, open.predicted_at);
    maker.rows(occasion.items, [&](std::size_t i, const std::vector<Value>& row) {
        feedback::ShownItem shown;
        model::Columns::encode(row, shown.row);
        shown.item = occasion.items[i];
        open.shown.push_back(std::move(shown));
    });
    if (!occasion.label) return open_.open(std::move(open));

    feedback::Closed answer{std::move(open), time_, true};  // the event is its own outcome
    for (std::size_t i = 0; i < answer.shown.size(); ++i)
        answer.shown[i].outcome = i == 0 ? occasion.label : model_.outcome.otherwise;
    give(answer);
}

void History::ask_waiting() {
    for (Occasion& occasion : waiting_) ask(std::move(occasion));
    waiting_.clear();
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
    if (!answer.sampled) return give(answer);
    held_.emplace(std::pair(answer.deadline, answer.lsn), answer);
    if (held_.size() > spec_.server.open_max) give(held_.extract(held_.begin()).mapped());
}

void History::give_due() {
    while (!held_.empty() && held_.begin()->first.first <= time_) {
        const feedback::Closed answer = std::move(held_.extract(held_.begin()).mapped());
        const bool unknown = answer.deadline > silent_from_ && answer.deadline <= silent_to_;
        if (!unknown) give(answer);
    }
}

void History::give(const feedback::Closed& answer) {
    const model::Columns* columns = &columns_;
    if (!answer.sampled) {
        const auto it = logged_columns_.find(answer.spec_lsn);
        if (it == logged_columns_.end()) return;
        columns = it->second.get();
    }
    example_.cluster = feedback::cluster_of(answer);
    example_.answer = answer.lsn;
    example_.at = answer.predicted_at;
    for (std::size_t i = 0; i < answer.shown.size(); ++i) {
        const feedback::ShownItem& shown = answer.shown[i];
        if (!shown.outcome || !columns->decode(shown.row, row_)) continue;
        const std::size_t place = answer.sampled ? 0 : i;  // sampled items stood nowhere
        columns->terms(row_, place, example_.terms);
        example_.label = *shown.outcome;
        example_.baseline = static_cast<float>(baseline_.predict(shown.item, place));
        on_example_(example_);
    }
    for (std::size_t i = 0; i < answer.shown.size(); ++i) {  // which expected all before it saw one
        const feedback::ShownItem& shown = answer.shown[i];
        if (shown.outcome) baseline_.observe(shown.item, answer.sampled ? 0 : i, *shown.outcome);
    }
}

}  // namespace volant::train
