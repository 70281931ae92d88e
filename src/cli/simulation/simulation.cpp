#include "cli/simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/hash.h"

namespace volant::cli::simulation {
namespace {

constexpr Micros kWindow = 2 * kMinute;
constexpr std::size_t kWindowVisits = 256;
// Each fifth reader uses an app that answers by prediction id as well.
constexpr std::uint32_t kDirectFeedbackEvery = 5;

Micros default_start() {
    return days_from_civil(2026, 3, 2) * kDay;
}

std::string_view event_name(Deed deed) {
    switch (deed) {
        case Deed::kOpen:
            return "open";
        case Deed::kRead:
            return "read";
        case Deed::kFinish:
            return "finish";
    }
    return "";
}

std::optional<std::uint32_t> book_index(std::string_view id, std::size_t books) {
    std::uint32_t number = 0;
    if (!id.starts_with('b')) return std::nullopt;
    const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size() || number < 1 || number > books)
        return std::nullopt;
    return number - 1;
}

// By the answer's own word, or by its version: 0 is the baseline.
Arm arm_of(const JsonTree& answer, std::int64_t version) {
    const std::string_view arm = answer["arm"].text_or("");
    if (arm == "random") return Arm::kRandom;
    if (arm == "baseline" || version == 0) return Arm::kPopularity;
    return Arm::kLearned;
}

}  // namespace

Simulation::Simulation(const SimulationOptions& options, Shop& shop)
    : options_(options), population_(options.population), shop_(shop) {}

Status Simulation::prepare() {
    VOLANT_TRY(const JsonTree status, shop_.get("/v1/status"));
    start_ = options_.start != 0 ? options_.start : default_start();
    const std::string_view clock = status["time"].text_or("");
    if (const auto time = parse_time(clock); time.ok() && *time >= start_)
        start_ = (*time / kDay + 1) * kDay;
    midnight_ = start_;
    today_ = population_.visits_of_day(midnight_);
    shop_.clock(start_);

    const std::uint64_t seed = options_.population.seed;
    std::vector<std::string> events;
    for (const Book& book : population_.books()) {
        events.push_back(fmt::format(
            R"({{"event":"$set","book":"{0}","id":"shop{1}-{0}","properties":{{"title":"{2}","category":"{3}"}}}})",
            book.id, seed, book.title, Population::category_name(book.category)));
    }
    for (const Reader& reader : population_.readers()) {
        events.push_back(fmt::format(
            R"({{"event":"$set","user":"{0}","id":"shop{1}-{0}","properties":{{"city":"{2}"}}}})",
            reader.id, seed, Population::city_name(reader.city)));
        for (const std::uint32_t other : reader.friends) {
            const std::string& to = population_.readers()[other].id;
            events.push_back(fmt::format(
                R"({{"event":"$link","user":"{0}","to":"{2}","id":"shop{1}-{0}-{2}","properties":{{"relation":"friend"}}}})",
                reader.id, seed, to));
        }
    }
    return send_events(events);
}

bool Simulation::days_over() const {
    return options_.days != 0 && midnight_ >= start_ + static_cast<Micros>(options_.days) * kDay;
}

Micros Simulation::next_time() {
    while (next_visit_ == today_.size() && !days_over()) {
        midnight_ += kDay;
        next_visit_ = 0;
        today_ = days_over() ? std::vector<Visit>{} : population_.visits_of_day(midnight_);
    }
    Micros next = pending_.empty() ? kNever : pending_.top().time;
    if (next_visit_ < today_.size()) next = std::min(next, today_[next_visit_].time);
    return next;
}

Result<bool> Simulation::step() {
    const Micros next = next_time();
    if (next == kNever) return false;
    const Micros end = std::max(shop_.now(), next) + kWindow;
    std::vector<Visit> visits;
    while (next_visit_ < today_.size() && today_[next_visit_].time <= end &&
           visits.size() < kWindowVisits) {
        visits.push_back(today_[next_visit_++]);
        visits.back().time = end;
    }
    shop_.clock(end);
    VOLANT_OK(send_due(end));
    VOLANT_OK(visit(std::move(visits)));
    return true;
}

Status Simulation::send_due(Micros until) {
    std::vector<std::string> events;
    std::vector<std::string> feedbacks;
    while (!pending_.empty() && pending_.top().time <= until) {
        events.push_back(pending_.top().event);
        if (!pending_.top().feedback.empty()) feedbacks.push_back(pending_.top().feedback);
        pending_.pop();
    }
    VOLANT_OK(shop_.post_many("/v1/feedback", feedbacks, [&](std::string_view answer) -> Status {
        if (answer.find("\"error\"") == answer.npos) return {};
        return fail(Code::kUnavailable,
                    fmt::format("feedback was refused: {}", answer.substr(0, 300)));
    }));
    counts_.feedbacks += feedbacks.size();
    return send_events(events);
}

Status Simulation::send_events(const std::vector<std::string>& events) {
    VOLANT_OK(shop_.post_many("/v1/events", events, [&](std::string_view answer) -> Status {
        VOLANT_TRY(const JsonTree summary, parse_json(answer));
        if (summary["rejected"].number_or(0) == 0) return {};
        return fail(Code::kUnavailable,
                    fmt::format("events were refused: {}", answer.substr(0, 300)));
    }));
    counts_.events += events.size();
    return {};
}

Status Simulation::visit(std::vector<Visit> visits) {
    std::vector<Call> calls;
    for (const Visit& visit : visits) {
        calls.push_back(
            {"/v1/predict/" + options_.model,
             fmt::format(R"({{"user":"{}","k":{},"id":"v{:016x}"}})",
                         population_.readers()[visit.reader].id, options_.shown, visit.seed)});
    }
    VOLANT_TRY(const std::vector<std::string> answers, shop_.post(calls));
    for (std::size_t i = 0; i < visits.size(); ++i) VOLANT_OK(answered(visits[i], answers[i]));
    counts_.visits += visits.size();
    return {};
}

Status Simulation::answered(const Visit& visit, std::string_view text) {
    VOLANT_TRY(const JsonTree answer, parse_json(text));
    std::vector<std::uint32_t> ranking;
    for (const JsonTree& entry : answer["ranking"].items) {
        const auto book = book_index(entry["item"].text_or(""), population_.books().size());
        if (!book) {
            return fail(Code::kUnavailable, fmt::format("the server ranked '{}', which is not in "
                                                        "this town's catalogue: is this workspace "
                                                        "another town's (other --books)?",
                                                        entry["item"].text_or("")));
        }
        ranking.push_back(*book);
    }
    const auto version = static_cast<std::int64_t>(answer["version"].number_or(0));
    const std::vector<Action> actions = behave(population_, visit, ranking);
    const auto opened = static_cast<std::uint32_t>(std::count_if(
        actions.begin(), actions.end(), [](const Action& a) { return a.deed == Deed::kOpen; }));
    const auto best = population_.best_ranking(visit.reader, visit.time, ranking.size());
    board_.add(visit.time, visit.reader, arm_of(answer, version), version,
               static_cast<std::uint32_t>(ranking.size()), opened,
               population_.expected_opens(visit.reader, best, visit.time));
    counts_.opens += opened;
    plan(visit, actions, answer["prediction_id"].text_or(""));
    return {};
}

void Simulation::plan(const Visit& visit, const std::vector<Action>& actions,
                      std::string_view prediction_id) {
    const std::string& user = population_.readers()[visit.reader].id;
    for (const Action& action : actions) {
        const std::string& book = population_.books()[action.book].id;
        const std::string time = format_time(action.time);
        Pending pending{action.time, pending_number_++, {}, {}};
        std::string properties;
        if (action.deed == Deed::kRead)
            properties = fmt::format(R"(,"properties":{{"ms":{}}})", action.read_ms);
        pending.event = fmt::format(
            R"({{"event":"{0}","user":"{1}","book":"{2}","time":"{3}","id":"{0}-{4:016x}-{5}"{6}}})",
            event_name(action.deed), user, book, time, visit.seed, action.position, properties);
        if (action.deed == Deed::kOpen && visit.reader % kDirectFeedbackEvery == 0) {
            pending.feedback = fmt::format(
                R"({{"prediction_id":"{0}","outcome":1,"item":"{1}","time":"{2}","id":"f-{3:016x}-{4}"}})",
                prediction_id, book, time, visit.seed, action.position);
        }
        pending_.push(std::move(pending));
    }
}

}  // namespace volant::cli::simulation
