// The routes, by theme. cli/ and tests put them together in one list: all_routes().
#pragma once

#include <utility>
#include <vector>

#include "api/background.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/workspace.h"

namespace volant::api {

// What handlers work with. All of it outlives the router.
struct Services {
    Workspace& workspace;
    Backgrounds& background;
    Metrics& metrics;
};

// A route's handler, from a function of (Services, Call, Responder, further arguments).
template <class Handle, class... More>
auto with(Services services, Handle handle, More... more) {
    return [=](Call call, Responder responder) {
        handle(services, std::move(call), std::move(responder), more...);
    };
}

// Of events, predictions and feedback alike.
Counter& other_bodies_of(Metrics& metrics);

std::vector<Route> event_routes(Services services);
std::vector<Route> stored_event_routes(Services services);
std::vector<Route> predict_routes(Services services);
std::vector<Route> feedback_routes(Services services);
std::vector<Route> feature_routes(Services services);
std::vector<Route> model_routes(Services services);
std::vector<Route> job_routes(Services services);
std::vector<Route> key_routes(Services services);
std::vector<Route> backup_routes(Services services);
std::vector<Route> status_routes(Services services);  // status, health, metrics
std::vector<Route> home_routes(Services services);

// All of them, in the order of the reference.
std::vector<Route> all_routes(Services services);

}  // namespace volant::api
