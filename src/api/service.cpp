#include "api/service.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "api/local_sink.h"
#include "api/openapi.h"
#include "api/routes/routes.h"
#include "core/files.h"
#include "core/logging.h"
#include "core/release.h"

namespace volant::api {
namespace {

constexpr Micros kGrace = 10 * kSecond;

bool is_loopback(const std::string& address) {
    return address == "::1" || address.starts_with("127.");
}

bool is_address(const std::string& text) {
    in6_addr any{};
    return ::inet_pton(AF_INET, text.c_str(), &any) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &any) == 1;
}

// The router, whose requests of one batch go to the apply thread together.
class Batches final : public Handler {
  public:
    Batches(Router& router, Workspace& workspace) : router_(router), workspace_(workspace) {}
    void handle(Request request, Responder responder) override {
        router_.handle(std::move(request), std::move(responder));
    }
    void answered(const Answered& answered) override { router_.answered(answered); }
    void begin_batch() override { workspace_.hold(); }
    void end_batch() override { workspace_.release(); }

  private:
    Router& router_;
    Workspace& workspace_;
};

// The page is made once: the table of routes does not change.
Route openapi_route(std::vector<Route>& routes) {
    auto document = std::make_shared<std::string>();
    Route route{.method = Method::kGet,
                .pattern = "/openapi.json",
                .name = "openapi",
                .scope = protect::Scope::kRead,
                .text = "This interface, as OpenAPI 3.1.",
                .answers = Many::kNone,
                .handle = [document](Call, Responder responder) {
                    responder.send(json_answer(*document));
                }};
    std::vector<Route> all = routes;
    all.push_back(route);
    *document = openapi_json(all, kRelease);
    return route;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::open(const std::string& folder, log::Disk* disk) {
    auto service = std::unique_ptr<Service>(new Service());
    Service& s = *service;
    VOLANT_TRY(s.workspace_, Workspace::open(folder, disk));
    s.background_ = std::make_unique<Backgrounds>();
    s.metrics_ = std::make_unique<Metrics>();
    const spec::ServerDecl& server = s.workspace_->spec().server;
    s.limit_ =
        std::make_unique<protect::RateLimit>(protect::RateLimitOptions{server.rate_limit, 0});
    std::vector<Route> routes = all_routes({*s.workspace_, *s.background_, *s.metrics_});
    routes.push_back(openapi_route(routes));
    RouterOptions options;
    options.body_bytes_max = server.body_max;
    options.simulated_time = s.workspace_->spec().simulated_time;
    options.zone = s.workspace_->spec().zone;
    s.router_ = std::make_unique<Router>(std::move(routes), options, s.workspace_->wheel().keys(),
                                         *s.limit_, *s.metrics_);
    s.batches_ = std::make_unique<Batches>(*s.router_, *s.workspace_);
    s.router_->recovering([&workspace = *s.workspace_] {
        const log::Progress progress = workspace.runner().progress();
        return fmt::format("the server is reading its log: {} of {} records", progress.applied,
                           progress.target);
    });
    s.add_gauges();
    return service;
}

Service::~Service() {
    if (const Status stopped = stop(); !stopped.ok()) logging::error(stopped.error().message);
}

void Service::add_gauges() {
    Workspace& workspace = *workspace_;
    metrics_->counter_from("volant_log_syncs_total", "fdatasync calls.", [&workspace] {
        return static_cast<double>(workspace.log().stat().syncs);
    });
    metrics_->counter_from("volant_log_batches_total", "Batches written.", [&workspace] {
        return static_cast<double>(workspace.log().stat().batches);
    });
    metrics_->counter_from("volant_log_records_total", "Records in the log.", [&workspace] {
        return static_cast<double>(workspace.log().stat().next_lsn - 1);
    });
    for (const spec::ModelDecl& model : workspace.spec().models) {
        metrics_->gauge("volant_packages_damaged", "Versions whose package is damaged or gone.",
                        [&workspace, name = model.name] {
                            return static_cast<double>(workspace.packages().damaged_count(name));
                        },
                        {{"model", model.name}});
    }
    metrics_->gauge("volant_ready", "1 once the log has been read.",
                    [&workspace] { return workspace.runner().progress().ready ? 1.0 : 0.0; });
}

Status Service::listen(const ListenOptions& asked) {
    const spec::ServerDecl& server = workspace_->spec().server;
    ServerOptions options;
    options.listen = asked.listen.empty() ? server.listen : asked.listen;
    options.port = asked.port == 0 ? server.port : asked.port;
    options.threads = static_cast<int>(server.threads);
    options.body_bytes_max = server.body_max;
    options.certificate_file = server.tls_certificate;
    options.key_file = server.tls_key;
    if (!is_address(options.listen)) {
        return fail(Code::kUsage,
                    "found listen address '" + options.listen +
                        "', expected an IP address such as 127.0.0.1, 0.0.0.0 or ::1");
    }
    if (!is_loopback(options.listen) && !workspace_->has_keys()) {
        return fail(
            Code::kForbidden,
            "found listen address " + options.listen + " and no API key, expected a key first", {},
            "volant keys create --scope admin makes one");
    }
    VOLANT_TRY(server_, Server::start(options, *batches_, wall_));
    VOLANT_OK(make_folders(workspace_->data("run")));
    return replace_file(server_file(workspace_->folder()),
                        options.listen + " " + std::to_string(server_->port()) + "\n");
}

Status Service::start() {
    VOLANT_OK(workspace_->start());
    router_->ready();
    return {};
}

Status Service::stop() {
    if (workspace_) workspace_->end_backups();
    if (server_) {
        ::unlink(server_file(workspace_->folder()).c_str());
        workspace_->jobs().stop();
        server_->stop(kGrace);
        server_.reset();
    }
    background_.reset();
    return workspace_ ? workspace_->stop() : Status{};
}

Response Service::call(Method method, const std::string& target, const std::string& body,
                       const std::string& content_type) {
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers.add("Host", "127.0.0.1");
    request.headers.add("Content-Type", content_type);
    request.in_process = true;
    request.peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    return ask(*router_, std::move(request));
}

std::string server_file(const std::string& folder) {
    return folder + "/data/run/server";
}

}  // namespace volant::api
