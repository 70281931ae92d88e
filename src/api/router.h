// Router: the Handler that knows the routes. In this order a request meets: its route (404 with the
// nearest one, 405 with Allow), CORS, the gate (503 while recovering), the key and its scope, the
// rate limit, the path's and the query's parameters, Volant-Time, Content-Type, Content-Encoding;
// then its handler.
//
// Paths: `%2F` inside a segment is part of it; HEAD is answered by GET's route; a trailing slash
// makes another path. Bodies are inflated up to `body_bytes_max`.
//
// Threads: handle() and answered() on network threads; recovering() and ready() on any. Starts as
// ready. Ownership: what is handed in outlives the router.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/handler.h"
#include "api/metrics.h"
#include "api/route.h"
#include "api/route_tree.h"
#include "protect/keys.h"
#include "protect/rate_limit.h"

namespace volant::api {

struct RouterOptions {
    std::size_t body_bytes_max = 32u << 20;  // after inflation
    bool simulated_time = false;             // Volant-Time is taken; else it is refused
    ZoneRule zone = {};                      // of times without one, in queries and in Volant-Time
};

class Router final : public Handler {
  public:
    // CHECKs check_routes(routes). Adds volant_requests_total and its kin to `metrics`.
    Router(std::vector<Route> routes, RouterOptions options, const protect::Keys& keys,
           protect::RateLimit& limit, Metrics& metrics);
    ~Router() override;

    void handle(Request request, Responder responder) override;
    void answered(const Answered& answered) override;

    // From now on: 503 `recovering` with what `message` says (on network threads), but for routes
    // that say while_recovering.
    void recovering(std::function<std::string()> message);
    void ready();

    const std::vector<Route>& routes() const { return routes_; }

  private:
    class Counters;
    // What the request's way through the checks needs to know.
    struct Passage {
        Request& request;
        Responder& responder;
        Target target;
        RouteTree::Match match;
        std::shared_ptr<const protect::KeyTable> keys;
        int retry_after_seconds = 1;
    };

    Result<Call> admit(Passage& passage) const;
    Status hold_body(Passage& passage) const;
    Result<const Route*> find_route(Passage& passage) const;
    Error no_such_path(std::string_view path) const;
    Error answer_options(Passage& passage) const;
    Status check_gate(const Route& route) const;
    Result<protect::Caller> authorize(Passage& passage, const Route& route) const;
    Status check_rate(Passage& passage, const Route& route, const protect::Caller& caller) const;
    Status read_time(const Headers& headers, Call& call) const;

    const std::vector<Route> routes_;
    const RouterOptions options_;
    const protect::Keys& keys_;
    protect::RateLimit& limit_;
    const RouteTree tree_;
    std::unique_ptr<Counters> counters_;
    std::atomic<bool> ready_{true};
    mutable std::mutex lock_;
    std::function<std::string()> recovering_;  // guarded by lock_
};

// Broken promises of a table: two routes of one method and pattern, a pattern without a leading
// slash, path fields that do not match the pattern, a body without a shape, a name that is used
// twice. kInternal.
Status check_routes(std::span<const Route> routes);

// The index of the row that answers `method` (HEAD as GET), or RouteTree::kNoRoute.
int route_for(const RouteTree::Routes& routes, Method method);

}  // namespace volant::api
