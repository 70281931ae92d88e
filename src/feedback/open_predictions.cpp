#include "feedback/open_predictions.h"

#include <algorithm>
#include <utility>

#include "core/bytes.h"

namespace volant::feedback {
namespace {

// Entries of `due` that closed early and may stay until they are a good part of it.
constexpr std::size_t kDueSpare = 1024;
constexpr std::size_t kItemBytes = 1024;

// The number that the event says: the named property, or 1 for having happened.
std::optional<double> outcome_value(const spec::OutcomeDecl& outcome,
                                    const collect::EventView& event) {
    if (outcome.property.empty()) return 1;
    const auto* property = event.property(outcome.property);
    if (property == nullptr) return std::nullopt;
    const Value value = property->value();
    if (!value.has_number() || !is_outcome(value.number())) return std::nullopt;
    return value.number();
}

// What an answer counts for under open_max: the items that it showed, and with large rows one for
// each KiB of them. One that showed nothing takes room too.
std::size_t items_in(const OpenPrediction& prediction) {
    std::size_t bytes = 0;
    for (const ShownItem& shown : prediction.shown) bytes += shown.row.size();
    return std::max({std::size_t{1}, prediction.shown.size(), bytes / kItemBytes});
}

// The first showing of the item; past the end if it was not shown.
std::size_t place_of(const OpenPrediction& prediction, std::string_view item) {
    std::size_t place = 0;
    while (place < prediction.shown.size() && prediction.shown[place].item != item) ++place;
    return place;
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

OpenPredictions::OpenPredictions(const spec::Spec& spec, OnClosed on_closed, OnOutcome on_outcome,
                                 OnAlone on_alone)
    : spec_(spec),
      on_closed_(std::move(on_closed)),
      on_outcome_(std::move(on_outcome)),
      on_alone_(std::move(on_alone)),
      models_(spec.models.size()) {}

// Whether an event may be its outcome: never of an answer about nobody in particular.
bool OpenPredictions::is_joined(const OpenPrediction& prediction) const {
    const auto& decl = spec_.models[static_cast<std::size_t>(prediction.model)];
    return !decl.outcome.event.empty() && !prediction.subject.empty();
}

void OpenPredictions::open(const OpenPrediction& prediction) {
    Model& model = models_[static_cast<std::size_t>(prediction.model)];
    ++model.counts.opened;
    while (model.open > 0 && model.items + items_in(prediction) > spec_.server.open_max)
        drop_oldest(model);
    insert(prediction);
}

// Of a model with open answers; what closed early may still stand in `due`.
void OpenPredictions::drop_oldest(Model& model) {
    std::optional<OpenPrediction> oldest;
    while (!oldest) {
        oldest = open_.find(model.due.front().second);
        model.due.pop_front();
    }
    open_.erase(oldest->lsn);
    forget(*oldest);
    ++model.counts.dropped;
}

void OpenPredictions::insert(const OpenPrediction& prediction) {
    Model& model = models_[static_cast<std::size_t>(prediction.model)];
    // Windows of one model are equal while its contract stands; a changed contract may shorten
    // them.
    const auto entry = std::make_pair(prediction.deadline, prediction.lsn);
    if (model.due.empty() || model.due.back() < entry) {
        model.due.push_back(entry);
    } else {
        model.due.insert(std::upper_bound(model.due.begin(), model.due.end(), entry), entry);
    }
    if (is_joined(prediction)) {
        for (const ShownItem& shown : prediction.shown)
            model.waiting.add(Waiting::key_of(prediction.subject, shown.item),
                              {prediction.lsn, prediction.predicted_at, prediction.deadline});
    }
    ++model.open;
    model.items += items_in(prediction);
    open_.put(prediction);
}

void OpenPredictions::forget(const OpenPrediction& prediction) {
    Model& model = models_[static_cast<std::size_t>(prediction.model)];
    --model.open;
    model.items -= items_in(prediction);
    if (is_joined(prediction)) {
        for (const ShownItem& shown : prediction.shown)
            model.waiting.remove(Waiting::key_of(prediction.subject, shown.item), prediction.lsn);
    }
    if (model.due.size() > 2 * model.open + kDueSpare)
        std::erase_if(model.due, [&](const auto& due) { return !open_.contains(due.second); });
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
        auto prediction = open_.find(lsn);
        if (!prediction) continue;  // closed by its outcome before
        ++first->counts.expired;
        close(std::move(*prediction), deadline, false);
    }
}

void OpenPredictions::close(OpenPrediction prediction, Micros at, bool by_outcome) {
    Closed closed{std::move(prediction), at, by_outcome};
    open_.erase(closed.lsn);
    forget(closed);
    const auto& otherwise = spec_.models[static_cast<std::size_t>(closed.model)].outcome.otherwise;
    for (ShownItem& shown : closed.shown) {
        if (!shown.outcome) shown.outcome = otherwise;
    }
    on_closed_(closed);
}

void OpenPredictions::outcome(OpenPrediction prediction, std::size_t place, double value,
                              Micros known_at) {
    const spec::ModelDecl& decl = spec_.models[static_cast<std::size_t>(prediction.model)];
    ShownItem& shown = prediction.shown[place];
    shown.outcome = aggregate(decl.outcome.aggregate, shown.outcome, value);
    const bool first =
        decl.outcome.aggregate == spec::Aggregate::kFirst && !std::exchange(shown.came, true);
    if (decl.task == spec::Task::kRank && first && on_outcome_) on_outcome_(prediction, place);
    if (!closes_at_first(decl)) return open_.put(prediction);
    ++models_[static_cast<std::size_t>(prediction.model)].counts.closed_by_outcome;
    close(std::move(prediction), known_at, true);
}

FeedbackState OpenPredictions::would(log::Lsn prediction) const {
    const auto model = open_.model_of(prediction);
    return model ? would_of(*model) : FeedbackState::kLate;
}

FeedbackState OpenPredictions::would_of(int model) const {
    return closes_at_first(spec_.models[static_cast<std::size_t>(model)]) ? FeedbackState::kClosed
                                                                          : FeedbackState::kOpen;
}

FeedbackState OpenPredictions::feedback(const Feedback& feedback, Micros known_at) {
    auto open = open_.find(feedback.prediction);
    if (!open) return FeedbackState::kLate;
    const FeedbackState state = would_of(open->model);
    const std::size_t place = place_of(*open, feedback.item);
    if (place == open->shown.size() || !is_outcome(feedback.outcome)) return state;
    ++models_[static_cast<std::size_t>(open->model)].counts.given;
    outcome(std::move(*open), place, feedback.outcome, known_at);
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
    bool matched = false;
    if (!subject.empty() && value) {
        Lists lists = waiting_for(model, entity, subject, item);
        const Happened happened{item, *value, event.event_time, event.known_at};
        matched = ranking ? credit_last(std::move(lists), happened) : credit_all(lists, happened);
    }
    ++(matched ? model.counts.joined : model.counts.unmatched);
    if (!matched && value && !item.empty() && on_alone_) on_alone_(index, item);
}

OpenPredictions::Lists OpenPredictions::waiting_for(const Model& model, int entity,
                                                    std::string_view id,
                                                    std::string_view item) const {
    Lists lists;
    const auto take = [&](std::string_view of) {
        const auto waiting = model.waiting.of(Waiting::key_of(of, item));
        if (!waiting.empty()) lists.push_back(waiting);
    };
    const auto ids = entity == spec_.subject ? identities_.of(id) : std::span<const std::string>{};
    if (ids.empty()) take(id);
    for (const std::string& one : ids) take(one);
    return lists;
}

// The last showing gets the credit: from the newest back, over all lists.
bool OpenPredictions::credit_last(Lists lists, const Happened& happened) {
    const auto newest = [](const auto& list) {
        return list.empty() ? log::Lsn{0} : list.back().lsn;
    };
    while (true) {
        for (auto& list : lists) {
            while (!list.empty() && !list.back().waits_at(happened.event_time))
                list = list.first(list.size() - 1);
        }
        const auto last = std::ranges::max_element(lists, {}, newest);
        if (last == lists.end() || last->empty()) return false;
        if (offer(last->back().lsn, happened)) return true;
        *last = last->first(last->size() - 1);
    }
}

// Oldest first; each may close, which changes the lists.
bool OpenPredictions::credit_all(const Lists& lists, const Happened& happened) {
    std::vector<log::Lsn> answers;
    for (const auto& list : lists) {
        for (const Waiting::Answer& answer : list) {
            if (answer.waits_at(happened.event_time)) answers.push_back(answer.lsn);
        }
    }
    if (lists.size() > 1) std::ranges::sort(answers);
    bool matched = false;
    for (const log::Lsn lsn : answers) matched |= offer(lsn, happened);
    return matched;
}

// False if the answer, which waits at that time, waits for something else.
bool OpenPredictions::offer(log::Lsn prediction, const Happened& happened) {
    auto open = open_.find(prediction);
    if (!open) return false;
    // A question from history about an entity was asked at an event: what else came in that moment
    // (the other lines of the same invoice) belongs to the question.
    const auto& decl = spec_.models[static_cast<std::size_t>(open->model)];
    if (open->sampled && decl.task != spec::Task::kRank &&
        happened.event_time == open->predicted_at)
        return false;
    const std::size_t place = place_of(*open, happened.item);
    if (place == open->shown.size()) return false;  // another thing of the same hash
    outcome(std::move(*open), place, happened.value, happened.known_at);
    return true;
}

void OpenPredictions::take_over(OpenPredictions&& from, const std::vector<int>& models) {
    models_.assign(spec_.models.size(), {});
    open_.clear();
    identities_ = std::move(from.identities_);
    for (std::size_t i = 0; i < models_.size(); ++i) {
        if (models[i] < 0) continue;
        Model& model = models_[i];
        const Model& taken = from.models_[static_cast<std::size_t>(models[i])];
        model.counts = taken.counts;
        for (const auto& [deadline, lsn] : taken.due) {
            auto prediction = from.open_.find(lsn);
            if (!prediction) continue;  // closed by its outcome before
            prediction->model = static_cast<int>(i);
            prediction->deadline = prediction->predicted_at + spec_.models[i].outcome.within;
            insert(*prediction);
            while (model.items > spec_.server.open_max && model.open > 1) drop_oldest(model);
        }
    }
}

void OpenPredictions::snapshot(std::string& out) const {
    Writer writer(out);
    writer.varint(models_.size());
    for (const Model& model : models_) {
        put(writer, model.counts);
        writer.varint(model.open);
        for (const auto& [deadline, lsn] : model.due) {
            if (const auto open = open_.find(lsn)) put(writer, *open);
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
            insert(prediction);
        }
    }
    if (!identities_.restore(cursor) || !cursor.done())
        return fail(Code::kCorrupt, "snapshot of open predictions is not whole");
    return {};
}

}  // namespace volant::feedback
