#include "cli/simulation/shop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

#include "core/clock.h"

namespace volant::cli::simulation {
namespace {

constexpr Micros kPause = 50 * kMillisecond;  // before what was refused for now is asked again

bool may_be_asked_again(int status) {
    return status == 429 || status == 503;
}

Error refused(std::string_view method, std::string_view target, int status, std::string_view body) {
    std::string said(body.substr(0, 300));
    if (const auto tree = parse_json(body); tree.ok() && tree->has("error")) {
        const JsonTree& error = (*tree)["error"];
        said = fmt::format("{}: {} {}", error["code"].text_or(""), error["message"].text_or(""),
                           error["field"].text_or(""));
    }
    // What is asked wrongly is not asked again.
    Error error = fail(status < 500 ? Code::kUsage : Code::kUnavailable,
                       fmt::format("{} {} answered {}: {}", method, target, status, said));
    if (said.find("Volant-Time") != std::string::npos)
        error.hint = "the workspace needs `time: simulated` in its volant.yaml";
    return error;
}

}  // namespace

HttpShop::HttpShop(const ShopOptions& options) {
    api::HttpClientOptions client;
    client.host = options.host;
    client.port = options.port;
    client.key = options.key;
    for (std::uint32_t i = 0; i < std::max(1u, options.connections); ++i)
        clients_.emplace_back(client);
}

void Shop::clock(Micros now) {
    VOLANT_CHECK(now >= now_);
    now_ = now;
}

std::vector<api::HttpField> HttpShop::headers() const {
    if (now() == 0) return {};
    return {{"Volant-Time", format_time(now())}};
}

Result<std::vector<std::string>> HttpShop::post(std::span<const Call> calls) {
    std::vector<std::string> answers(calls.size());
    std::vector<std::size_t> missing(calls.size());
    std::iota(missing.begin(), missing.end(), std::size_t{0});
    const Micros deadline = monotonic_now() + kPatience;
    for (;;) {
        const Status status = ask(calls, answers, missing);
        if (status.ok() && missing.empty()) return answers;
        const bool broken =
            !status.ok() && status.error().code == Code::kUnavailable && !missing.empty();
        if (!status.ok() && (!broken || monotonic_now() > deadline)) return Error(status.error());
        if (monotonic_now() > deadline) {
            return fail(
                Code::kUnavailable,
                fmt::format("{} requests to {} found the server busy for {}", missing.size(),
                            calls[missing.front()].target, format_duration(kPatience)));
        }
        retries_ += missing.size();
        std::this_thread::sleep_for(std::chrono::microseconds(kPause));
    }
}

Status HttpShop::ask(std::span<const Call> calls, std::vector<std::string>& answers,
                     std::vector<std::size_t>& missing) {
    const auto fields = headers();
    for (std::size_t i = 0; i < missing.size(); ++i) {
        const Call& call = calls[missing[i]];
        clients_[i % clients_.size()].queue("POST", call.target, call.body, fields);
    }
    requests_ += missing.size();
    Status worst;
    for (api::HttpClient& client : clients_) {
        if (Status sent = client.flush(); !sent.ok()) worst = sent;
    }
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < missing.size(); ++i) {
        api::HttpClient& client = clients_[i % clients_.size()];
        if (client.outstanding() == 0) {  // its connection broke
            again.push_back(missing[i]);
            continue;
        }
        Result<api::HttpAnswer> answer = client.receive();
        if (!answer.ok()) {
            worst = answer.error();
            again.push_back(missing[i]);
        } else if (may_be_asked_again(answer->status)) {
            again.push_back(missing[i]);
        } else if (answer->status != 200) {
            const Error error =
                refused("POST", calls[missing[i]].target, answer->status, answer->body);
            for (api::HttpClient& other : clients_) other.close();
            missing.clear();  // nothing is asked again
            return error;
        } else {
            answers[missing[i]] = std::move(answer->body);
        }
    }
    missing = std::move(again);
    return worst;
}

Result<JsonTree> HttpShop::get(std::string_view target) {
    const Micros deadline = monotonic_now() + kPatience;
    for (;; ++retries_) {
        ++requests_;
        const auto answer = clients_.front().request("GET", target, {}, headers());
        if (!answer.ok() && !met_) return answer.error();
        met_ = true;
        if (answer.ok() && answer->status == 200) return parse_json(answer->body);
        if (answer.ok() && !may_be_asked_again(answer->status)) {
            return refused("GET", target, answer->status, answer->body);
        }
        if (monotonic_now() > deadline) {
            if (!answer.ok()) return answer.error();
            return refused("GET", target, answer->status, answer->body);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(kPause));
    }
}

Status Shop::post_many(std::string_view target, std::span<const std::string> elements,
                       const std::function<Status(std::string_view)>& on_answer) {
    std::vector<Call> calls;
    for (std::size_t begin = 0; begin < elements.size(); begin += kBatch) {
        const auto batch = elements.subspan(begin, std::min(kBatch, elements.size() - begin));
        calls.push_back({std::string(target), fmt::format("[{}]", fmt::join(batch, ","))});
    }
    VOLANT_TRY(const std::vector<std::string> answers, post(calls));
    for (const std::string& answer : answers) VOLANT_OK(on_answer(answer));
    return {};
}

}  // namespace volant::cli::simulation
