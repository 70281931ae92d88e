#include "api/routes/routes.h"

#include <deque>
#include <memory>

#include "api/error_answer.h"
#include "api/prediction_request.h"

namespace volant::api {
namespace {

constexpr Field kMinLsn = {.name = "min_lsn",
                           .kind = Kind::kString,
                           .text = "An lsn that an answer gave: what is read is no older."};

// Others tell of the process.
bool is_about_the_log(const Route& route) {
    return route.pattern.starts_with("/v1/");
}

bool takes_min_lsn(const Route& route) {
    return route.method == Method::kGet && route.scope == protect::Scope::kRead &&
           is_about_the_log(route);
}

// What an answer told is durable and applied, and reads come after it in the apply thread's order;
// so there is nothing to wait for, and an lsn beyond what is applied was never given.
Status check_min_lsn(const Workspace& workspace, const std::string* text) {
    if (text == nullptr) return {};
    VOLANT_TRY(const log::Lsn lsn, parse_lsn(*text, "/min_lsn"));
    if (lsn < workspace.log().next_lsn()) return {};
    return fail(Code::kOutOfRange, "found " + *text + ", which this log never gave", "/min_lsn");
}

// The route with min_lsn among its parameters. Fields live as long as the process, as Routes
// expect.
Route with_min_lsn(Route route, Workspace& workspace) {
    static std::deque<std::vector<Field>> queries;
    std::vector<Field>& query = queries.emplace_back(route.query.begin(), route.query.end());
    query.push_back(kMinLsn);
    route.query = query;
    route.handle = [&workspace, inner = std::move(route.handle)](Call call, Responder responder) {
        const Status known = check_min_lsn(workspace, call.parameter("min_lsn"));
        if (!known.ok()) return responder.send(error_answer(known.error()));
        inner(std::move(call), std::move(responder));
    };
    return route;
}

bool only_reads(const Route& route) {
    return (route.method == Method::kGet || route.method == Method::kDelete) &&
           is_about_the_log(route);
}

// Events, predictions and feedback.
bool brings_data(const Route& route) {
    return route.method == Method::kPost &&
           (route.scope == protect::Scope::kIngest || route.scope == protect::Scope::kPredict);
}

// The route that a simulated workspace closes while its clock has not been set: what came in would
// lie in 1970. Later a request without a time finds the clock where it stands. History has times of
// its own, and sets the clock.
Route with_time(Route route, Workspace& workspace) {
    route.handle = [&workspace, inner = std::move(route.handle)](Call call, Responder responder) {
        const bool is_set = call.time || workspace.clock().now() > 0;
        if (is_set || call.flag("history")) return inner(std::move(call), std::move(responder));
        responder.send(error_answer(fail(Code::kMissingField,
                                         "found no Volant-Time, expected one: nothing has set this "
                                         "workspace's clock yet",
                                         {}, "send the header Volant-Time: 2026-11-24T10:00:00Z")));
    };
    return route;
}

// The route behind the clock of simulated workspaces: a Volant-Time moves it, or is refused, before
// the log is read, whatever thread then reads it. Routes with a body bring their time along with
// their command.
Route with_clock(Route route, Workspace& workspace) {
    struct Held {
        Call call;
        Responder responder;
    };
    route.handle = [&workspace, inner = std::move(route.handle)](Call call, Responder responder) {
        if (!call.time) return inner(std::move(call), std::move(responder));
        const std::optional<Micros> time = call.time;
        auto asked = std::make_shared<Held>(Held{std::move(call), std::move(responder)});
        workspace.ask(
            time, Workspace::kReadsOnly, [](log::Turn&) {},
            [asked, inner](const Status& status) {
                if (!status.ok()) return asked->responder.send(error_answer(status.error()));
                inner(std::move(asked->call), std::move(asked->responder));
            });
    };
    return route;
}

}  // namespace

Counter& other_bodies_of(Metrics& metrics) {
    return metrics.counter("volant_duplicates_with_other_body_total",
                           "Events, predictions and feedback under a known id whose body differs "
                           "from the first one.");
}

std::vector<Route> all_routes(Services services) {
    std::vector<Route> all;
    for (const auto& part :
         {event_routes(services), stored_event_routes(services), predict_routes(services),
          feedback_routes(services), feature_routes(services), model_routes(services),
          job_routes(services), key_routes(services), backup_routes(services),
          status_routes(services), home_routes(services)}) {
        for (const Route& route : part) {
            all.push_back(only_reads(route) ? with_clock(route, services.workspace) : route);
            if (takes_min_lsn(route))
                all.back() = with_min_lsn(std::move(all.back()), services.workspace);
            if (services.workspace.spec().simulated_time && brings_data(route))
                all.back() = with_time(std::move(all.back()), services.workspace);
        }
    }
    return all;
}

}  // namespace volant::api
