// Client: requests to a workspace, whoever holds it. If its server runs, they go there over HTTP;
// else the workspace is opened in this process and the same handlers answer. A command cannot tell
// the difference.
//
// Threads: one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/http_client.h"
#include "api/service.h"
#include "cli/command.h"
#include "cli/json_tree.h"
#include "core/result.h"

namespace volant::cli {

// Opens and recovers a workspace in this process, with a progress bar where that takes long.
// Errors: as api::Service::open() and start(); kUnavailable names the process that holds the lock.
Result<std::unique_ptr<api::Service>> open_service(const std::string& folder);

struct ServerAddress {
    std::string host;
    std::uint16_t port = 0;
};
// Where the workspace's server listens, if one runs. A server that listens everywhere is asked on
// this machine.
std::optional<ServerAddress> running_server(const std::string& folder);

class Client {
  public:
    // Errors: kNoWorkspace, as open_service(), kUnavailable for a server out of reach.
    static Result<Client> open(const Session& session);

    // The body of an answer that is no error. Errors: the one that the answer says, kUnavailable.
    Result<std::string> send(api::Method method, const std::string& target,
                             const std::string& body = {},
                             const std::string& content_type = "application/json");
    Result<JsonTree> get(const std::string& target);
    Result<JsonTree> post(const std::string& target, const std::string& body);

    const std::string& folder() const { return folder_; }
    // Any thread: a backup that this process writes ends soon.
    void end_backup() {
        if (service_) service_->workspace().end_backups();
    }
    bool in_process() const { return service_ != nullptr; }
    // "http://127.0.0.1:7700", or "in process".
    std::string where() const;

  private:
    explicit Client(std::string folder) : folder_(std::move(folder)) {}

    std::string folder_;
    std::unique_ptr<api::HttpClient> http_;
    std::unique_ptr<api::Service> service_;
};

// The error of an answer's body, {"error":{...}}.
Error answer_error(int status, std::string_view body);

// "/v1/models/NAME", the name percent-encoded.
std::string model_target(const std::string& model, std::string_view rest = {});

}  // namespace volant::cli
