// POST /v1/events. What came of it is read by stored_events.cpp.
#include <algorithm>
#include <atomic>

#include "api/error_answer.h"
#include "api/routes/routes.h"
#include "api/shapes.h"
#include "collect/event_parser.h"
#include "collect/ingest.h"
#include "core/json_writer.h"

namespace volant::api {
namespace {

class EventsCommand final : public log::Command {
  public:
    EventsCommand(collect::Ingest& ingest, Counter& other_bodies, Responder responder,
                  collect::EventBody body, bool atomic, bool history)
        : ingest_(ingest),
          other_bodies_(other_bodies),
          responder_(std::move(responder)),
          events_(std::move(body.events)),
          errors_(std::move(body.errors)),
          many_(body.many),
          atomic_(atomic),
          known_at_(history ? collect::KnownAt::kAssumed : collect::KnownAt::kArrival) {
        append_bytes_max = events_.record_bytes();
    }

    void run(log::Turn& turn) override {
        if (atomic_) {
            if (errors_.empty()) run_atomic(turn);
        } else {
            const std::size_t unreadable = errors_.size();
            ingest_.each(
                events_, turn, known_at_,
                [this](const collect::PreparedEvent& event, Result<collect::Ingested> ingested) {
                    if (ingested.ok()) return count(*ingested);
                    refuse(event, std::move(ingested).error());
                });
            std::inplace_merge(
                errors_.begin(), errors_.begin() + static_cast<std::ptrdiff_t>(unreadable),
                errors_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        }
        lsn_ = turn.next_lsn() - 1;
    }

    void done(const Status& status) override {
        if (!status.ok()) return responder_.send(error_answer(status.error()));
        if (!many_ && !errors_.empty())
            return responder_.send(error_answer(errors_.front().second));
        std::string body = responder_.empty_body();
        json::Writer out(body);
        if (!many_) {
            out.object();
            out.key("id").string(events_[0].id());
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

    void refuse(const collect::PreparedEvent& event, Error error) {
        if (many_) error = std::move(error).at("/" + std::to_string(event.index));
        errors_.emplace_back(event.index, std::move(error));
    }

    void run_atomic(log::Turn& turn) {
        collect::Ingest::Outcome outcome = ingest_.all(events_, turn);
        errors_ = std::move(outcome.errors);
        for (const collect::Ingested& ingested : outcome.ingested) count(ingested);
    }

    collect::Ingest& ingest_;
    Counter& other_bodies_;
    Responder responder_;
    const collect::PreparedEvents events_;
    std::vector<std::pair<std::size_t, Error>> errors_;  // by index in the request
    const bool many_, atomic_;
    const collect::KnownAt known_at_;
    std::uint64_t accepted_ = 0, duplicates_ = 0;
    log::Lsn lsn_ = 0;
};

// What the requests of one server share.
struct Intake {
    Workspace& workspace;
    Counter& other_bodies;
    collect::Ingest ingest;  // for commands alone
    std::uint64_t number;    // that no other has in this process
};

// One parser a network thread: its ids come from a seed of its own. A thread may see one server
// after another, at the same address too.
collect::EventParser& parser_of(const Intake& intake) {
    thread_local std::uint64_t owner = 0;
    thread_local std::unique_ptr<collect::EventParser> parser;
    if (owner != intake.number) {
        std::uint64_t seed = 0;
        const std::string bytes = secret::random_bytes(sizeof seed);
        std::memcpy(&seed, bytes.data(), sizeof seed);
        parser = std::make_unique<collect::EventParser>(intake.workspace.spec(),
                                                        intake.workspace.fingerprints(), seed,
                                                        &intake.ingest.published());
        owner = intake.number;
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
std::optional<Micros> end_of_history(Workspace& workspace, const collect::PreparedEvents& events) {
    if (!workspace.spec().simulated_time) return std::nullopt;
    Micros end = INT64_MIN;
    for (std::size_t i = 0; i < events.size(); ++i)
        end = std::max(end, events[i].time.value_or(end));
    return end > workspace.clock().now() ? std::optional(end) : std::nullopt;
}

void post_events(Intake& intake, Call call, Responder responder) {
    Workspace& workspace = intake.workspace;
    const bool history = call.flag("history");
    if (const Status allowed = history ? check_history(call) : Status{}; !allowed.ok())
        return responder.send(error_answer(allowed.error()));
    const bool lines = call.body_kind == BodyKind::kNdjson;
    auto body = parser_of(intake).parse_body(
        call.request.body, lines ? collect::BodyForm::kNdjson : collect::BodyForm::kJson);
    if (!body.ok()) return responder.send(error_answer(body.error()));
    if (!body->many && !body->errors.empty())
        return responder.send(error_answer(body->errors.front().second));
    const bool many = body->many;
    const std::optional<Micros> time =
        history && !call.time ? end_of_history(workspace, body->events) : call.time;
    auto command =
        std::make_unique<EventsCommand>(intake.ingest, intake.other_bodies, std::move(responder),
                                        std::move(*body), call.flag("atomic"), history);
    command->simulated_time = time;
    command->is_brief = !many;
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
    static std::atomic<std::uint64_t> intakes{0};
    Workspace& workspace = services.workspace;
    optimize::Wheel& wheel = workspace.wheel();
    const auto intake =
        std::make_shared<Intake>(Intake{workspace,
                                        other_bodies_of(services.metrics),
                                        {wheel.dedup(), wheel.schema(), wheel.reader()},
                                        ++intakes});
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
             [intake](Call call, Responder responder) {
                 post_events(*intake, std::move(call), std::move(responder));
             }},
    };
}

}  // namespace volant::api
