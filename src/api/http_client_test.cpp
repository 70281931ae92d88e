// The client against our own server, and against servers that misbehave.
#include "api/http_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "api/error_answer.h"
#include "api/net/server.h"

namespace volant::api {
namespace {

using testing::HasSubstr;

class EchoHandler final : public Handler {
  public:
    void handle(Request request, Responder responder) override {
        if (request.target == "/stream") {
            ResponseStream stream = responder.stream({.content_type = "text/event-stream"});
            for (int i = 0; i < 3; ++i) stream.write("data: " + std::to_string(i) + "\n\n");
            return;
        }
        if (request.target == "/missing")
            return responder.send(error_answer(fail(Code::kNotFound, "no")));
        Response response{.body = std::string(method_name(request.method)) + " " + request.target +
                                  " " + std::string(request.headers.get("Authorization")) + " " +
                                  std::string(request.headers.get("Content-Type")) + " " +
                                  request.body};
        response.close = request.target == "/close";
        responder.send(std::move(response));
    }
};

class HttpClientTest : public testing::Test {
  protected:
    void SetUp() override {
        auto started = Server::start({.port = 0, .threads = 1}, handler, clock);
        ASSERT_TRUE(started.ok());
        server = std::move(started).value();
        options.port = server->port();
    }
    EchoHandler handler;
    SystemClock clock;
    std::unique_ptr<Server> server;
    HttpClientOptions options;
};

TEST_F(HttpClientTest, AsksAgainAndAgainOverOneConnection) {
    options.key = "vk_x";
    HttpClient client(options);
    for (int i = 0; i < 3; ++i) {
        const auto answer = client.request("POST", "/v1/events", "{}");
        ASSERT_TRUE(answer.ok()) << answer.error().message;
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, "POST /v1/events Bearer vk_x application/json {}");
        EXPECT_EQ(answer->header("content-type"), "application/json");
    }
    EXPECT_EQ(server->figures().connections_accepted, 1u);
}

TEST_F(HttpClientTest, SendsGivenHeaders) {
    HttpClient client(options);
    const HttpField headers[] = {{"content-type", "application/x-ndjson"}};
    EXPECT_EQ(client.request("POST", "/", "{}\n", headers)->body,
              "POST /  application/x-ndjson {}\n");
}

TEST_F(HttpClientTest, PipelinesMoreThanTheSocketsHold) {
    HttpClient client(options);
    const std::string body(20'000, 'x');
    for (int i = 0; i < 500; ++i) client.queue("POST", "/" + std::to_string(i), body);
    ASSERT_TRUE(client.flush().ok());
    EXPECT_EQ(client.outstanding(), 500u);
    for (int i = 0; i < 500; ++i) {
        const auto answer = client.receive();
        ASSERT_TRUE(answer.ok()) << answer.error().message;
        EXPECT_THAT(answer->body.substr(0, 20), HasSubstr("POST /" + std::to_string(i) + " "));
    }
    EXPECT_EQ(client.outstanding(), 0u);
    EXPECT_EQ(client.receive().error().code, Code::kUnavailable);
}

TEST_F(HttpClientTest, AnErrorStatusIsAnAnswer) {
    HttpClient client(options);
    const auto answer = client.request("GET", "/missing");
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, 404);
    EXPECT_THAT(answer->body, HasSubstr("not_found"));
}

TEST_F(HttpClientTest, HeadHasNoBody) {
    HttpClient client(options);
    EXPECT_EQ(client.request("HEAD", "/a")->body, "");
    EXPECT_EQ(client.request("GET", "/b")->status, 200);
}

TEST_F(HttpClientTest, ConnectsAgainWhenTheServerClosed) {
    HttpClient client(options);
    EXPECT_EQ(client.request("GET", "/close")->status, 200);
    EXPECT_EQ(client.request("GET", "/a")->status, 200);
    EXPECT_EQ(server->figures().connections_accepted, 2u);
    server->stop(kSecond);
    auto again = Server::start({.port = options.port, .threads = 1}, handler, clock);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(client.request("GET", "/b")->status, 200);
}

TEST_F(HttpClientTest, Streams) {
    HttpClient client(options);
    std::string all;
    const auto answer = client.stream("/stream", [&](std::string_view bytes) {
        all += bytes;
        return true;
    });
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->header("content-type"), "text/event-stream");
    EXPECT_EQ(all, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    EXPECT_EQ(client.request("GET", "/after")->status, 200);
    const auto stopped = client.stream("/stream", [](std::string_view) { return false; });
    EXPECT_TRUE(stopped.ok());
    EXPECT_EQ(client.request("GET", "/after")->status, 200);
    const auto missing = client.stream("/missing", [](std::string_view) { return true; });
    EXPECT_THAT(missing->body, HasSubstr("not_found"));
}

TEST_F(HttpClientTest, SaysWhereNothingListens) {
    const std::uint16_t port = server->port();
    server->stop(0);
    HttpClient client({.port = port});
    const auto answer = client.request("GET", "/");
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::kUnavailable);
    EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1:" + std::to_string(port)));
}

TEST_F(HttpClientTest, AMovedClientGoesOn) {
    HttpClient client(options);
    client.queue("GET", "/1");
    ASSERT_TRUE(client.flush().ok());
    HttpClient moved(std::move(client));
    EXPECT_THAT(moved.receive()->body, HasSubstr("/1"));
}

// Accepts one connection, waits for a request, says `text` and closes.
class Canned {
  public:
    explicit Canned(std::string text)
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        VOLANT_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
        VOLANT_CHECK(::listen(listener_, 1) == 0);
        socklen_t size = sizeof at;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
        port = ntohs(at.sin_port);
        thread_ = std::thread([this, text] {
            const int fd = ::accept(listener_, nullptr, nullptr);
            char buffer[4096];
            (void)::recv(fd, buffer, sizeof buffer, 0);
            (void)::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            ::close(fd);
        });
    }
    ~Canned() {
        thread_.join();
        ::close(listener_);
    }
    std::uint16_t port = 0;

  private:
    int listener_;
    std::thread thread_;
};

TEST(HttpClientAgainstStrangers, ReadsBodiesThatEndWithTheConnection) {
    Canned server("HTTP/1.0 200 OK\r\nX: y\r\n\r\nall of it");
    HttpClient client({.port = server.port});
    EXPECT_EQ(client.request("GET", "/")->body, "all of it");
}

TEST(HttpClientAgainstStrangers, SkipsContinueAndReadsTrailers) {
    Canned server(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n0\r\nT: t\r\n\r\n");
    HttpClient client({.port = server.port});
    EXPECT_EQ(client.request("GET", "/")->body, "abc");
}

TEST(HttpClientAgainstStrangers, RefusesWhatIsNotAnAnswer) {
    for (const char* text : {"", "hello\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"}) {
        Canned server(text);
        HttpClient client({.port = server.port});
        const auto answer = client.request("GET", "/");
        ASSERT_FALSE(answer.ok()) << text;
        EXPECT_EQ(answer.error().code, Code::kUnavailable) << text;
    }
}

TEST(HttpClientAgainstStrangers, BoundsWhatItReads) {
    Canned server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    HttpClient client({.port = server.port, .body_bytes_max = 9});
    EXPECT_THAT(client.request("GET", "/").error().message, HasSubstr("exceeds 9 bytes"));
}

}  // namespace
}  // namespace volant::api
