#include "feedback/open_predictions.h"

#include <algorithm>
#include <utility>

#include "core/bytes.h"
#include "core/hash.h"

namespace volant::feedback {
namespace {

std::uint64_t key_of(std::string_view subject, std::string_view item) {
    return hash_mix(hash64(subject), hash64(item, 1));
}

// The id of what an answer is about: of a ranking its subject, else the model's entity.
std::string_view about(const spec::Spec& spec, const spec::ModelDecl& model, const Prediction& p) {
    if (model.task == spec::Task::kRank || model.entity < 0 || model.entity == spec.subject)
        return p.subject;
    const std::string& name = spec.entities[static_cast<std::size_t>(model.entity)].name;
    for (const NamedId& id : p.entities) {
        if (id.entity == name) return id.id;
    }
    return {};
}

// The number that the event says: the named property, or 1 for having happened.
std::optional<double> outcome_value(const spec::OutcomeDecl& outcome,
                                    const collect::EventView& event) {
    if (outcome.property.empty()) return 1;
    const auto* property = event.property(outcome.property);
    if (property == nullptr) return std::nullopt;
    const Value value = property->value();
    if (!value.has_number()) return std::nullopt;
    return value.number();
}

// What an answer counts for against the bound; one that showed nothing takes room too.
std::size_t items_in(const OpenPrediction& prediction) {
    return std::max<std::size_t>(1, prediction.shown.size());
}

void put(Writer& out, const OutcomeCounts& counts) {
    for (const std::uint64_t v :
         {counts.opened, counts.closed_by_outcome, counts.expired, counts.late, counts.joined,
          counts.given, counts.unmatched, counts.dropped}) {
        out.u64(v);
    }
}

void take(Cursor& in, OutcomeCounts& counts) {
    for (std::uint64_t* v :
         {&counts.opened, &counts.closed_by_outcome, &counts.expired, &counts.late, &counts.joined,
          &counts.given, &counts.unmatched, &counts.dropped}) {
        *v = in.u64();
    }
}

}  // namespace

OpenPrediction opened(const log::Record& record, const Prediction& p, int index,
                      const spec::Spec& spec) {
    const spec::ModelDecl& model = spec.models[static_cast<std::size_t>(index)];
    OpenPrediction open;
    open.lsn = record.lsn;
    open.model = index;
    open.version = p.version;
    open.arm = p.arm;
    open.spec_lsn = p.spec_lsn;
    open.predicted_at = record.known_at;
    open.deadline = record.known_at + model.outcome.within;
    open.subject = about(spec, model, p);
    open.shown.reserve(p.shown.size());
    for (const Shown& shown : p.shown) {
        open.shown.push_back(
            {std::string(shown.item), std::string(shown.row), shown.score, shown.propensity, {}});
    }
    return open;
}

void put(Writer& out, const OpenPrediction& p) {
    out.varint(p.lsn);
    out.varint(static_cast<std::uint64_t>(p.model));
    out.varint(p.version);
    out.u8(static_cast<std::uint8_t>(p.arm));
    out.u8(p.sampled ? 1 : 0);
    out.varint(p.spec_lsn);
    out.i64(p.predicted_at);
    out.i64(p.deadline);
    out.string(p.subject);
    out.varint(p.shown.size());
    for (const ShownItem& shown : p.shown) {
        out.string(shown.item);
        out.string(shown.row);
        out.f64(shown.score);
        out.f64(shown.propensity);
        out.u8(shown.outcome ? 1 : 0);
        out.f64(shown.outcome.value_or(0));
    }
}

OpenPrediction take(Cursor& in) {
    OpenPrediction p;
    p.lsn = in.varint();
    p.model = static_cast<int>(in.varint());
    p.version = static_cast<std::uint32_t>(in.varint());
    p.arm = static_cast<Arm>(in.u8());
    p.sampled = in.u8() != 0;
    p.spec_lsn = in.varint();
    p.predicted_at = in.i64();
    p.deadline = in.i64();
    p.subject = in.string();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        ShownItem shown;
        shown.item = in.string();
        shown.row = in.string();
        shown.score = in.f64();
        shown.propensity = in.f64();
        const bool has = in.u8() != 0;
        const double value = in.f64();
        if (has) shown.outcome = value;
        shown.came = has;
        p.shown.push_back(std::move(shown));
    }
    return p;
}

OpenPredictions::OpenPredictions(const spec::Spec& spec, OnClosed on_closed, OnOutcome on_outcome)
    : spec_(spec),
      on_closed_(std::move(on_closed)),
      on_outcome_(std::move(on_outcome)),
      models_(spec.models.size()) {}

std::uint64_t OpenPredictions::wait_key(const OpenPrediction& prediction,
                                        const ShownItem& shown) const {
    return key_of(prediction.subject, shown.item);
}

void OpenPredictions::open(OpenPrediction prediction) {
    Model& model = models_[static_cast<std::size_t>(prediction.model)];
    ++model.counts.opened;
    while (model.open > 0 && model.items + items_in(prediction) > spec_.server.open_max)
        drop_oldest(model);
    insert(std::move(prediction));
}

// Of a model with open answers; what closed early may still stand in `due`.
void OpenPredictions::drop_oldest(Model& model) {
    auto oldest = open_.end();
    while (oldest == open_.end()) {
        oldest = open_.find(model.due.front().second);
        model.due.pop_front();
    }
    forget(oldest->second);
    open_.erase(oldest);
    ++model.counts.dropped;
}

void OpenPredictions::insert(OpenPrediction prediction) {
    Model& model = models_[static_cast<std::size_t>(prediction.model)];
    // Windows of one model are equal while its contract stands; a changed contract may shorten
    // them.
    const auto entry = std::make_pair(prediction.deadline, prediction.lsn);
    if (model.due.empty() || model.due.back() < entry) {
        model.due.push_back(entry);
    } else {
        model.due.insert(std::upper_bound(model.due.begin(), model.due.end(), entry), entry);
    }
    if (!spec_.models[static_cast<std::size_t>(prediction.model)].outcome.event.empty()) {
        for (const ShownItem& shown : prediction.shown) {
            std::vector<log::Lsn>& answers = model.waiting[wait_key(prediction, shown)];
            answers.insert(std::upper_bound(answers.begin(), answers.end(), prediction.lsn),
                           prediction.lsn);
        }
    }
    ++model.open;
    model.items += items_in(prediction);
    open_.emplace(prediction.lsn, std::move(prediction));
}

void OpenPredictions::forget(const OpenPrediction& prediction) {
    Model& model = models_[static_cast<std::size_t>(prediction.model)];
    --model.open;
    model.items -= items_in(prediction);
    for (const ShownItem& shown : prediction.shown) {
        const auto waiting = model.waiting.find(wait_key(prediction, shown));
        if (waiting == model.waiting.end()) continue;
        std::erase(waiting->second, prediction.lsn);
        if (waiting->second.empty()) model.waiting.erase(waiting);
    }
}

Micros OpenPredictions::next_deadline() const {
    Micros next = kNever;
    for (const Model& model : models_) {
        if (!model.due.empty()) next = std::min(next, model.due.front().first);
    }
    return next;
}

void OpenPredictions::expire(Micros now) {
    while (true) {
        Model* first = nullptr;
        for (Model& model : models_) {
            if (model.due.empty() || model.due.front().first > now) continue;
            if (first == nullptr || model.due.front() < first->due.front()) first = &model;
        }
        if (first == nullptr) return;
        const auto [deadline, lsn] = first->due.front();
        first->due.pop_front();
        if (!open_.contains(lsn)) continue;  // closed by its outcome before
        ++first->counts.expired;
        close(lsn, deadline, false);
    }
}

void OpenPredictions::close(log::Lsn lsn, Micros at, bool by_outcome) {
    const auto it = open_.find(lsn);
    Closed closed{std::move(it->second), at, by_outcome};
    open_.erase(it);
    forget(closed);
    const auto& otherwise = spec_.models[static_cast<std::size_t>(closed.model)].outcome.otherwise;
    for (ShownItem& shown : closed.shown) {
        if (!shown.outcome) shown.outcome = otherwise;
    }
    on_closed_(closed);
}

void OpenPredictions::outcome(OpenPrediction& prediction, ShownItem& shown, double value,
                              Micros known_at) {
    const spec::ModelDecl& decl = spec_.models[static_cast<std::size_t>(prediction.model)];
    shown.outcome = aggregate(decl.outcome.aggregate, shown.outcome, value);
    const bool first =
        decl.outcome.aggregate == spec::Aggregate::kFirst && !std::exchange(shown.came, true);
    if (decl.task == spec::Task::kRank && first && on_outcome_) {
        on_outcome_(prediction, static_cast<std::size_t>(&shown - prediction.shown.data()));
    }
    if (!closes_at_first(decl)) return;
    ++models_[static_cast<std::size_t>(prediction.model)].counts.closed_by_outcome;
    close(prediction.lsn, known_at, true);
}

FeedbackState OpenPredictions::would(log::Lsn prediction) const {
    const auto it = open_.find(prediction);
    if (it == open_.end()) return FeedbackState::kLate;
    return closes_at_first(spec_.models[static_cast<std::size_t>(it->second.model)])
               ? FeedbackState::kClosed
               : FeedbackState::kOpen;
}

FeedbackState OpenPredictions::feedback(const Feedback& feedback, Micros known_at) {
    const auto it = open_.find(feedback.prediction);
    if (it == open_.end()) return FeedbackState::kLate;
    const FeedbackState state = would(feedback.prediction);
    Model& model = models_[static_cast<std::size_t>(it->second.model)];
    for (ShownItem& shown : it->second.shown) {
        if (shown.item != feedback.item) continue;
        ++model.counts.given;
        outcome(it->second, shown, feedback.outcome, known_at);
        break;
    }
    return state;
}

void OpenPredictions::event(const collect::EventView& event) {
    if (event.type == "$identify") {
        const auto* anonymous = event.property("anonymous");
        const Value id = anonymous == nullptr ? Value{} : anonymous->value();
        if (id.string() != nullptr) identities_.join(event.id_of(spec_.subject), *id.string());
    }
    for (std::size_t i = 0; i < models_.size(); ++i) {
        if (spec_.models[i].outcome.event == event.type) join(static_cast<int>(i), event);
    }
}

void OpenPredictions::join(int index, const collect::EventView& event) {
    const spec::ModelDecl& decl = spec_.models[static_cast<std::size_t>(index)];
    Model& model = models_[static_cast<std::size_t>(index)];
    const bool ranking = decl.task == spec::Task::kRank;
    const int entity = ranking ? spec_.subject : decl.entity;
    const std::string_view subject = event.id_of(entity);
    const std::string_view item = ranking ? event.id_of(decl.entity) : std::string_view{};
    const auto value = outcome_value(decl.outcome, event);
    std::vector<log::Lsn> answers;
    if (!subject.empty() && value) answers = waiting_for(model, entity, subject, item);
    if (ranking) std::reverse(answers.begin(), answers.end());
    bool matched = false;
    for (const log::Lsn lsn : answers) {
        OpenPrediction& open = open_.at(lsn);
        if (event.event_time < open.predicted_at || event.event_time > open.deadline) continue;
        // A question from history about an entity was asked at an event: what else came in that
        // moment (the other lines of the same invoice) belongs to the question.
        if (open.sampled && !ranking && event.event_time == open.predicted_at) continue;
        for (ShownItem& shown : open.shown) {
            if (shown.item != item) continue;
            matched = true;
            outcome(open, shown, *value, event.known_at);
            break;
        }
        if (matched && ranking) break;
    }
    ++(matched ? model.counts.joined : model.counts.unmatched);
}

std::vector<log::Lsn> OpenPredictions::waiting_for(const Model& model, int entity,
                                                   std::string_view id,
                                                   std::string_view item) const {
    std::vector<log::Lsn> answers;
    const auto take = [&](std::string_view of) {
        const auto waiting = model.waiting.find(key_of(of, item));
        if (waiting == model.waiting.end()) return;
        answers.insert(answers.end(), waiting->second.begin(), waiting->second.end());
    };
    const auto ids = entity == spec_.subject ? identities_.of(id) : std::span<const std::string>{};
    if (ids.empty()) {
        take(id);
        return answers;
    }
    for (const std::string& one : ids) take(one);
    std::sort(answers.begin(), answers.end());
    return answers;
}

const OpenPrediction* OpenPredictions::find(log::Lsn prediction) const {
    const auto it = open_.find(prediction);
    return it == open_.end() ? nullptr : &it->second;
}

void OpenPredictions::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(models_.size());
    for (const Model& model : models_) {
        put(writer, model.counts);
        writer.varint(model.open);
        for (const auto& [deadline, lsn] : model.due) {
            const auto it = open_.find(lsn);
            if (it != open_.end()) put(writer, it->second);
        }
    }
    identities_.snapshot(writer);
}

Status OpenPredictions::restore(std::string_view in) {
    Cursor cursor(in);
    models_.assign(spec_.models.size(), {});
    open_.clear();
    if (cursor.varint() != models_.size())
        return fail(Code::kCorrupt, "snapshot of open predictions: other models");
    for (Model& model : models_) {
        take(cursor, model.counts);
        const std::uint64_t count = cursor.varint();
        for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
            OpenPrediction prediction = take(cursor);
            if (!cursor.ok() || static_cast<std::size_t>(prediction.model) >= models_.size()) break;
            insert(std::move(prediction));
        }
    }
    if (!identities_.restore(cursor) || !cursor.done())
        return fail(Code::kCorrupt, "snapshot of open predictions is not whole");
    return {};
}

}  // namespace volant::feedback
