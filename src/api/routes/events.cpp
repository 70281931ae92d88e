// POST /v1/events. What came of it is read by stored_events.cpp.
#include <atomic>

#include "api/error_answer.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "collect/event_parser.h"
#include "collect/ingest.h"
#include "core/json_writer.h"

namespace volant::api {
namespace {

using Prepared = Result<collect::PreparedEvent>;

class EventsCommand final : public log::Command {
  public:
    EventsCommand(Workspace& workspace, Counter& other_bodies, Responder responder,
                  std::vector<Prepared> events, bool many, bool atomic, bool history)
        : workspace_(workspace),
          other_bodies_(other_bodies),
          responder_(std::move(responder)),
          events_(std::move(events)),
          many_(many),
          atomic_(atomic),
          known_at_(history ? collect::KnownAt::kAssumed : collect::KnownAt::kArrival) {
        append_bytes_max = 0;
        for (const Prepared& event : events_) {
            if (event.ok()) append_bytes_max += event->record_bytes();
        }
    }

    void run(log::Turn& turn) override {
        const optimize::Wheel& wheel = workspace_.wheel();
        const collect::Ingest ingest(wheel.dedup(), wheel.schema());
        if (atomic_) {
            run_atomic(ingest, turn);
        } else {
            for (std::size_t i = 0; i < events_.size(); ++i) run_one(ingest, turn, i);
        }
        lsn_ = turn.next_lsn() - 1;
    }

    void done(const Status& status) override {
        if (!status.ok()) return responder_.send(error_answer(status.error()));
        std::string body;
        json::Writer out(body);
        if (!many_) {
            if (!errors_.empty()) return responder_.send(error_answer(errors_.front().second));
            out.object();
            out.key("id").string(events_.front()->draft.id);
            out.key("status").string(duplicates_ > 0 ? "duplicate" : "accepted");
            out.key("lsn").string(std::to_string(lsn_));
            out.end();
            return responder_.send(json_answer(std::move(body)));
        }
        out.object();
        out.key("accepted").unsigned_integer(accepted_);
        out.key("duplicates").unsigned_integer(duplicates_);
        out.key("rejected").unsigned_integer(errors_.size());
        out.key("lsn").string(std::to_string(lsn_));
        out.key("results").array();
        for (const auto& [index, error] : errors_) {
            out.object();
            out.key("index").unsigned_integer(index);
            out.key("error");
            json::write_error(out, error);
            out.end();
        }
        out.end().end();
        responder_.send(json_answer(std::move(body), atomic_ && !errors_.empty() ? 400 : 200));
    }

  private:
    void count(const collect::Ingested& ingested) {
        ++(ingested.duplicate ? duplicates_ : accepted_);
        if (ingested.other_body) other_bodies_.add();
    }

    void run_one(const collect::Ingest& ingest, log::Turn& turn, std::size_t i) {
        if (!events_[i].ok()) return void(errors_.emplace_back(i, events_[i].error()));
        auto ingested = ingest.one(*events_[i], turn, known_at_);
        if (ingested.ok()) return count(*ingested);
        Error error = std::move(ingested).error();
        errors_.emplace_back(
            i, many_ ? std::move(error).at("/" + std::to_string(i)) : std::move(error));
    }

    void run_atomic(const collect::Ingest& ingest, log::Turn& turn) {
        std::vector<collect::PreparedEvent> whole;
        for (std::size_t i = 0; i < events_.size(); ++i) {
            if (!events_[i].ok()) errors_.emplace_back(i, events_[i].error());
        }
        if (!errors_.empty()) return;
        for (Prepared& event : events_) whole.push_back(*event);
        collect::Ingest::Outcome outcome = ingest.all(whole, turn);
        errors_ = std::move(outcome.errors);
        for (const collect::Ingested& ingested : outcome.ingested) count(ingested);
    }

    Workspace& workspace_;
    Counter& other_bodies_;
    Responder responder_;
    std::vector<Prepared> events_;
    const bool many_, atomic_;
    const collect::KnownAt known_at_;
    std::uint64_t accepted_ = 0, duplicates_ = 0;
    log::Lsn lsn_ = 0;
    std::vector<std::pair<std::size_t, Error>> errors_;
};

// One parser a network thread: its ids come from a seed of its own.
collect::EventParser& parser_of(const Workspace& workspace) {
    static std::atomic<std::uint64_t> owners{0};
    thread_local const Workspace* owner = nullptr;
    thread_local std::unique_ptr<collect::EventParser> parser;
    if (owner != &workspace) {
        std::uint64_t seed = 0;
        const std::string bytes = secret::random_bytes(sizeof seed);
        std::memcpy(&seed, bytes.data(), sizeof seed);
        parser = std::make_unique<collect::EventParser>(workspace.spec(), workspace.fingerprints(),
                                                        seed);
        owner = &workspace;
    }
    return *parser;
}

// History says itself when it became known, so not everybody who may send events may send it.
Status check_history(const Call& call) {
    if (!protect::allows(call.caller.scopes, protect::Scope::kAdmin)) {
        return fail(Code::kForbidden,
                    "history needs a key of scope admin: it is believed to have been known when it "
                    "happened");
    }
    if (call.flag("atomic"))
        return fail(Code::kOutOfRange, "found true, but history is taken event by event",
                    "/atomic");
    return {};
}

// History moves a simulated clock to where it ends, and never back.
std::optional<Micros> end_of_history(Workspace& workspace, const std::vector<Prepared>& events) {
    if (!workspace.spec().simulated_time) return std::nullopt;
    Micros end = INT64_MIN;
    for (const Prepared& event : events) {
        if (event.ok()) end = std::max(end, event->draft.time.value_or(end));
    }
    return end > workspace.clock().now() ? std::optional(end) : std::nullopt;
}

void post_events(Services services, Counter& other_bodies, Call call, Responder responder) {
    Workspace& workspace = services.workspace;
    const bool history = call.flag("history");
    if (const Status allowed = history ? check_history(call) : Status{}; !allowed.ok())
        return responder.send(error_answer(allowed.error()));
    const bool lines = call.body_kind == BodyKind::kNdjson;
    auto body = parser_of(workspace).parse_body(
        call.request.body, lines ? collect::BodyForm::kNdjson : collect::BodyForm::kJson);
    if (!body.ok()) return responder.send(error_answer(body.error()));
    if (!body->many && !body->events.front().ok())
        return responder.send(error_answer(body->events.front().error()));
    std::vector<Prepared> events;
    events.reserve(body->events.size());
    for (Result<collect::EventDraft>& draft : body->events) {
        events.push_back(draft.ok()
                             ? Prepared(collect::prepare_event(
                                   workspace.spec(), workspace.fingerprints(), std::move(*draft)))
                             : Prepared(std::move(draft).error()));
    }
    const std::optional<Micros> time =
        history && !call.time ? end_of_history(workspace, events) : call.time;
    auto command = std::make_unique<EventsCommand>(workspace, other_bodies, std::move(responder),
                                                   std::move(events), body->many,
                                                   call.flag("atomic"), history);
    command->simulated_time = time;
    command->is_brief = !body->many;
    workspace.submit(std::move(command));
}

constexpr Field kPostQuery[] = {
    {.name = "atomic", .kind = Kind::kBool, .text = "All or nothing; then 400 with the results."},
    {.name = "history",
     .kind = Kind::kBool,
     .text = "What happened earlier and nobody recorded: known_at is the event's own time, flagged "
             "as assumed. Oldest first; needs scope admin."}};
constexpr Code kPostErrors[] = {Code::kInvalidJson,  Code::kInvalidUtf8,    Code::kUnknownField,
                                Code::kMissingField, Code::kWrongType,      Code::kOutOfRange,
                                Code::kInvalidTime,  Code::kTimeOutOfRange, Code::kTooDeep,
                                Code::kDuplicateKey, Code::kStorageFull,    Code::kOverloaded};

}  // namespace

std::vector<Route> event_routes(Services services) {
    Counter& other_bodies =
        services.metrics.counter("volant_duplicates_with_other_body_total",
                                 "Events under a known id whose body differs from the first one.");
    return {
        {.method = Method::kPost,
         .pattern = "/v1/events",
         .name = "post_events",
         .scope = protect::Scope::kIngest,
         .text = "Takes what happened. Acknowledged means durable and visible.",
         .query = kPostQuery,
         .request = &collect::kEventShape,
         .requests = Many::kOneOrMore,
         .answer = &shapes::kEventAnswer,
         .answer_to_many = &shapes::kEventsAnswer,
         .errors = kPostErrors,
         .handle =
             [services, &other_bodies](Call call, Responder responder) {
                 post_events(services, other_bodies, std::move(call), std::move(responder));
             }},
    };
}

}  // namespace volant::api
