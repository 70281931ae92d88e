// Service: a workspace with its routes. `volant serve` puts a server before it; a command without a
// running server calls it in its own process. Both go through the same handlers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/background.h"
#include "api/metrics.h"
#include "api/net/server.h"
#include "api/router.h"
#include "api/workspace.h"
#include "protect/rate_limit.h"

namespace volant::api {

struct ListenOptions {
    std::string listen;      // "": as volant.yaml says
    std::uint16_t port = 0;  // 0: as volant.yaml says
};

class Service {
  public:
    // Opens the workspace (`disk` as there); nothing is answered yet but what routes say while
    // recovering.
    static Result<std::unique_ptr<Service>> open(const std::string& folder,
                                                 log::Disk* disk = nullptr);
    ~Service();

    // Starts to listen (before start(): /healthz answers at once). Errors: kUnavailable (port in
    // use), kForbidden (an address beyond this machine without a key).
    Status listen(const ListenOptions& options);
    // Recovers, then answers.
    Status start();
    // Finishes what is in flight, writes a snapshot.
    Status stop();

    // One request in this process, as an administrator on this machine; waits for the answer.
    Response call(Method method, const std::string& target, const std::string& body,
                  const std::string& content_type);

    Workspace& workspace() { return *workspace_; }
    Router& router() { return *router_; }
    std::uint16_t port() const { return server_ ? server_->port() : 0; }

  private:
    Service() = default;
    void add_gauges();

    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<Backgrounds> background_;
    std::unique_ptr<Metrics> metrics_;
    std::unique_ptr<protect::RateLimit> limit_;
    std::unique_ptr<Router> router_;
    std::unique_ptr<Handler> batches_;  // the router, for the server
    std::unique_ptr<Server> server_;
    SystemClock wall_;
};

// Where a running server of the workspace listens, as data/run/server tells: "ADDRESS PORT\n". Only
// true while the workspace's lock is held.
std::string server_file(const std::string& folder);

}  // namespace volant::api
