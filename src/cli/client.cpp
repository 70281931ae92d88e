#include "cli/client.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <thread>

#include "api/percent.h"
#include "cli/terminal.h"
#include "cli/workspace_commands.h"
#include "core/files.h"
#include "log/workspace_lock.h"

namespace volant::cli {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(100);
constexpr Micros kAnswerWait = 5 * kMinute;  // a large batch, a slow disk

// 0.0.0.0 and :: are every address of this machine; one of them is enough.
std::string reachable(const std::string& listen) {
    if (listen == "0.0.0.0" || listen == "localhost") return "127.0.0.1";
    return listen == "::" ? "::1" : listen;
}

}  // namespace

Result<std::unique_ptr<api::Service>> open_service(const std::string& folder) {
    VOLANT_TRY(auto service, api::Service::open(folder));
    std::atomic<bool> ended{false};
    Status started;
    std::thread starter([&] {
        started = service->start();
        ended = true;
    });
    {
        Progress bar(Terminal::of(stderr), "reading the log", 0, "records");
        for (int looks = 0; !ended; ++looks) {
            // Most workspaces are ready at once; the first looks come quickly.
            std::this_thread::sleep_for(looks < 20 ? std::chrono::milliseconds(2) : kLookEvery);
            const log::Progress progress = service->workspace().runner().progress();
            bar.total(progress.target);
            bar.update(progress.applied);
        }
    }
    starter.join();
    VOLANT_OK(started);
    return service;
}

std::optional<ServerAddress> running_server(const std::string& folder) {
    if (log::WorkspaceLock::holder(folder + "/data") == 0) return std::nullopt;
    const auto text = read_file(api::server_file(folder), 1000);
    if (!text.ok()) return std::nullopt;
    const std::size_t space = text->find(' ');
    if (space == std::string::npos) return std::nullopt;
    ServerAddress address{reachable(text->substr(0, space)), 0};
    const char* const end = text->data() + text->size();
    if (std::from_chars(text->data() + space + 1, end, address.port).ec != std::errc{})
        return std::nullopt;
    return address;
}

Result<Client> Client::open(const Session& session) {
    VOLANT_TRY(std::string folder, find_workspace(session.folder));
    Client client(folder);
    if (const auto server = running_server(folder)) {
        api::HttpClientOptions options;
        options.host = server->host;
        options.port = server->port;
        options.key = session.key;
        options.timeout = kAnswerWait;
        client.http_ = std::make_unique<api::HttpClient>(options);
        return client;
    }
    VOLANT_TRY(client.service_, open_service(folder));
    return client;
}

Result<std::string> Client::send(api::Method method, const std::string& target,
                                 const std::string& body, const std::string& content_type) {
    if (service_) {
        api::Response response = service_->call(method, target, body, content_type);
        if (response.status >= 400) return answer_error(response.status, response.body);
        return std::move(response.body);
    }
    const api::HttpField field{"Content-Type", content_type};
    VOLANT_TRY(api::HttpAnswer answer,
               http_->request(api::method_name(method), target, body, {&field, 1}));
    if (answer.status < 400) return std::move(answer.body);
    Error error = answer_error(answer.status, answer.body);
    if (error.code == Code::kUnauthenticated) error.hint = "give it with --key or in VOLANT_KEY";
    if (error.code == Code::kForbidden && error.hint.empty())
        error.hint =
            "another --key has that scope, or stop the server: without one no key is asked";
    return error;
}

Result<JsonTree> Client::get(const std::string& target) {
    VOLANT_TRY(const std::string body, send(api::Method::kGet, target));
    return parse_json(body);
}

Result<JsonTree> Client::post(const std::string& target, const std::string& body) {
    VOLANT_TRY(const std::string answer, send(api::Method::kPost, target, body));
    return parse_json(answer);
}

std::string Client::where() const {
    if (service_) return "in process";
    return "http://" + http_->options().host + ":" + std::to_string(http_->options().port);
}

Error answer_error(int status, std::string_view body) {
    const auto tree = parse_json(body);
    if (tree.ok() && tree->has("error")) {
        const JsonTree& error = (*tree)["error"];
        for (const ErrorRow& row : error_table()) {
            if (row.name != error["code"].text) continue;
            return fail(row.code, error["message"].text, error["field"].text, error["hint"].text);
        }
    }
    return fail(Code::kUnavailable,
                "the server answered " + std::to_string(status) + " without an explanation");
}

std::string model_target(const std::string& model, std::string_view rest) {
    return "/v1/models/" + api::percent_encode(model) + std::string(rest);
}

}  // namespace volant::cli
