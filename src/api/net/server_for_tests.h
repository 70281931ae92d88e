// A server on a free port with a handler that the test controls.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "api/net/raw_client.h"
#include "api/net/server.h"

namespace volant::api {

// Hands requests to a function, or keeps them until the test answers.
class TestHandler final : public Handler {
  public:
    std::function<void(Request, Responder)> on;

    void handle(Request request, Responder responder) override {
        if (on) return on(std::move(request), std::move(responder));
        const std::lock_guard hold(lock_);
        kept_.emplace_back(std::move(request), std::move(responder));
        arrived_.notify_all();
    }
    void answered(const Answered& one) override {
        const std::lock_guard hold(lock_);
        answered_.push_back(one);
    }
    std::pair<Request, Responder> take() {
        std::unique_lock hold(lock_);
        arrived_.wait(hold, [&] { return !kept_.empty(); });
        auto first = std::move(kept_.front());
        kept_.pop_front();
        return first;
    }
    std::vector<Answered> all_answered() {
        const std::lock_guard hold(lock_);
        return answered_;
    }

  private:
    std::mutex lock_;
    std::condition_variable arrived_;
    std::deque<std::pair<Request, Responder>> kept_;
    std::vector<Answered> answered_;
};

inline Response text_answer(std::string text) {
    return {.body = std::move(text), .content_type = "text/plain"};
}

inline void echo(Request request, Responder responder) {
    responder.send(text_answer(std::string(method_name(request.method)) + " " + request.target +
                               " " + request.body));
}

class ServerTest : public testing::Test {
  protected:
    ServerOptions options{.port = 0, .threads = 2};
    TestHandler handler;
    SystemClock clock;
    std::unique_ptr<Server> server;

    RawClient client() {
        if (!server) {
            auto started = Server::start(options, handler, clock);
            VOLANT_CHECK(started.ok());
            server = std::move(started).value();
        }
        return RawClient(server->port());
    }
};

inline std::string post(std::string_view target, std::string_view body) {
    return "POST " + std::string(target) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

inline std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

}  // namespace volant::api
