#include "api/routes/routes.h"

#include <deque>

#include "api/error_answer.h"
#include "api/prediction_request.h"

namespace volant::api {
namespace {

constexpr Field kMinLsn = {.name = "min_lsn",
                           .kind = Kind::kString,
                           .text = "An lsn that an answer gave: what is read is no older."};

bool takes_min_lsn(const Route& route) {
    return route.method == Method::kGet && route.scope == protect::Scope::kRead &&
           !route.while_recovering;
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

}  // namespace

std::vector<Route> all_routes(Services services) {
    std::vector<Route> all;
    for (const auto& part :
         {event_routes(services), predict_routes(services), feedback_routes(services),
          feature_routes(services), model_routes(services), job_routes(services),
          key_routes(services), status_routes(services)}) {
        for (const Route& route : part) {
            all.push_back(takes_min_lsn(route) ? with_min_lsn(route, services.workspace) : route);
        }
    }
    return all;
}

}  // namespace volant::api
