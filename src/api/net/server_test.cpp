// The protocol over real sockets: what is said in pieces, too much, too slowly or wrongly.
#include "api/net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "api/net/raw_client.h"

namespace volant::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

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

Response text_answer(std::string text) {
    return {.body = std::move(text), .content_type = "text/plain"};
}

void echo(Request request, Responder responder) {
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

std::string post(std::string_view target, std::string_view body) {
    return "POST " + std::string(target) +
           " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
    handler.on = echo;
    RawClient raw = client();
    for (int i = 0; i < 3; ++i) {
        raw.send(post("/a?b=c", "hello"));
        const auto answer = raw.answer();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, "POST /a?b=c hello");
        EXPECT_TRUE(answer->has("Content-Type: text/plain\r\n"));
        EXPECT_TRUE(answer->has("\r\nDate: "));
        EXPECT_FALSE(answer->has("Connection: close"));
    }
    EXPECT_EQ(server->figures().connections_accepted, 1u);
    EXPECT_EQ(server->figures().requests, 3u);
}

TEST_F(ServerTest, HandsOverTheRequestAsItCame) {
    RawClient raw = client();
    raw.send(
        "PUT /x%2Fy HTTP/1.1\r\nHost: shop\r\nX-Thing:  two words \r\nx-thing: second\r\n\r\n");
    auto [request, responder] = handler.take();
    EXPECT_EQ(request.method, Method::kPut);
    EXPECT_EQ(request.target, "/x%2Fy");
    EXPECT_EQ(request.headers.get("HOST"), "shop");
    EXPECT_EQ(request.headers.get("X-THING"), "two words");
    EXPECT_EQ(request.headers.size(), 3u);
    EXPECT_TRUE(request.peer.is_loopback());
    EXPECT_EQ(request.peer.text(), "127.0.0.1");
    EXPECT_FALSE(request.secure);
    responder.send(text_answer("done"));
    EXPECT_EQ(raw.answer()->body, "done");
}

TEST_F(ServerTest, PipelinedAnswersKeepTheOrderOfTheRequestsWhateverTheOrderOfCompletion) {
    RawClient raw = client();
    raw.send(get("/1") + get("/2") + get("/3") + get("/4"));
    std::vector<Responder> responders;
    for (int i = 0; i < 4; ++i) responders.push_back(handler.take().second);
    for (int i = 3; i >= 0; --i) {
        responders[static_cast<std::size_t>(i)].send(text_answer(std::to_string(i + 1)));
    }
    for (int i = 1; i <= 4; ++i) EXPECT_EQ(raw.answer()->body, std::to_string(i));
}

TEST_F(ServerTest, PipelinesDeeperThanItsBoundAreAnsweredWhole) {
    options.pipeline_max = 4;
    handler.on = echo;
    RawClient raw = client();
    std::string all;
    for (int i = 0; i < 1000; ++i) all += post("/" + std::to_string(i), "x");
    std::thread sender([&] { raw.send(all); });
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(raw.answer()->body, "POST /" + std::to_string(i) + " x");
    sender.join();
}

TEST_F(ServerTest, RequestsInFlightOfOneConnectionAreBounded) {
    options.pipeline_max = 3;
    RawClient raw = client();
    std::string all;
    for (int i = 0; i < 8; ++i) all += get("/" + std::to_string(i));
    raw.send(all);
    std::deque<Responder> waiting;
    for (int i = 0; i < 3; ++i) waiting.push_back(handler.take().second);
    EXPECT_EQ(server->figures().requests, 3u);
    for (int i = 3; i <= 8; ++i) {
        waiting.front().send(text_answer("ok"));
        waiting.pop_front();
        EXPECT_EQ(raw.answer()->status, 200);
        if (i < 8) waiting.push_back(handler.take().second);
    }
    while (!waiting.empty()) {
        waiting.front().send(text_answer("ok"));
        waiting.pop_front();
        EXPECT_EQ(raw.answer()->status, 200);
    }
}

TEST_F(ServerTest, ReadsRequestsSplitAtEveryByte) {
    handler.on = echo;
    RawClient raw = client();
    const std::string chunked =
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;note=\"x\"\r\nabc\r\n1\r\nd\r\n0\r\nX-Trailer: t\r\n\r\n";
    const std::string both = post("/p", "hello") + chunked;
    for (std::size_t at = 1; at < both.size(); ++at) {
        raw.send(both.substr(0, at));
        if (at == 60) std::this_thread::yield();
        raw.send(both.substr(at));
        ASSERT_EQ(raw.answer()->body, "POST /p hello") << at;
        ASSERT_EQ(raw.answer()->body, "POST /c abcd") << at;
    }
    for (const char c : both) raw.send({&c, 1});
    EXPECT_EQ(raw.answer()->body, "POST /p hello");
    EXPECT_EQ(raw.answer()->body, "POST /c abcd");
}

TEST_F(ServerTest, SkipsEmptyLinesBeforeARequest) {
    handler.on = echo;
    RawClient raw = client();
    raw.send("\r\n\r\n" + get("/a") + "\r\n" + get("/b"));
    EXPECT_EQ(raw.answer()->body, "GET /a ");
    EXPECT_EQ(raw.answer()->body, "GET /b ");
}

struct Bad {
    const char* what;
    std::string bytes;
    int status;
    const char* code;
};

TEST_F(ServerTest, RefusesWhatIsNotARequestAndClosesAfterSayingWhy) {
    handler.on = echo;
    const Bad all[] = {
        {"noise", "\x16\x03\x01\x02\r\n\r\n", 400, "usage"},
        {"no version", "GET /\r\n\r\n", 400, "usage"},
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "usage"},
        {"HTTP/3.9", "GET / HTTP/3.9\r\nHost: x\r\n\r\n", 400, "usage"},
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400, "usage"},
        {"space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "usage"},
        {"control character", std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 39), 400,
         "usage"},
        {"length is no number", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n", 400,
         "usage"},
        {"length is negative", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400,
         "usage"},
        {"two lengths",
         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400,
         "usage"},
        {"length and chunks",
         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         400, "usage"},
        {"unknown coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400,
         "usage"},
        {"two codings",
         "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400,
         "usage"},
        {"chunk size is no number",
         "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400,
         "usage"},
        {"chunk longer than it says",
         "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
         400, "usage"},
        {"long target", "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 413,
         "too_large"},
        {"long field", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(17'000, 'a') + "\r\n\r\n",
         413, "too_large"},
        {"announced too much", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
         413, "too_large"},
    };
    for (const Bad& bad : all) {
        RawClient raw = client();
        raw.send(bad.bytes);
        const auto answer = raw.answer();
        ASSERT_TRUE(answer) << bad.what;
        EXPECT_EQ(answer->status, bad.status) << bad.what;
        EXPECT_THAT(answer->body, HasSubstr("\"code\":\"" + std::string(bad.code) + "\""))
            << bad.what;
        EXPECT_TRUE(answer->has("Connection: close")) << bad.what;
        raw.finish_writing();
        EXPECT_TRUE(raw.closed()) << bad.what;
    }
    EXPECT_EQ(server->figures().requests_refused, std::size(all));
    EXPECT_EQ(server->figures().requests, 0u);
}

TEST_F(ServerTest, AnswersWhatCameBeforeABadRequest) {
    RawClient raw = client();
    raw.send(get("/good") + "nonsense\r\n\r\n");
    auto [request, responder] = handler.take();
    responder.send(text_answer("good"));
    EXPECT_EQ(raw.answer()->body, "good");
    EXPECT_EQ(raw.answer()->status, 400);
    raw.finish_writing();
    EXPECT_TRUE(raw.closed());
}

TEST_F(ServerTest, ManySmallFieldsTogetherAreBoundedToo) {
    RawClient raw = client();
    std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 2000; ++i) bytes += "A" + std::to_string(i) + ": 1\r\n";
    raw.send(bytes);  // without an end
    EXPECT_EQ(raw.answer()->status, 413);
}

TEST_F(ServerTest, RefusesABodyBeyondTheLimitBeforeItWasSent) {
    options.body_bytes_max = 1000;
    handler.on = echo;
    RawClient announced = client();
    announced.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");
    EXPECT_EQ(announced.answer()->status, 413);
    RawClient chunked = client();
    chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                 std::string(1001, 'x'));
    EXPECT_EQ(chunked.answer()->status, 413);
    RawClient fits = client();
    fits.send(post("/", std::string(1000, 'x')));
    EXPECT_EQ(fits.answer()->status, 200);
}

TEST_F(ServerTest, LargeBodiesBeingReceivedAreBoundedTogether) {
    options.bodies_bytes_max = 300'000;
    handler.on = echo;
    const std::string announce = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n";
    RawClient raw = client();
    raw.send(announce + std::string(400'000, 'x'));
    const auto answer = raw.answer();
    EXPECT_EQ(answer->status, 503);
    EXPECT_TRUE(answer->has("Retry-After: "));
    raw.close();
    RawClient after = client();  // what was held has been given back
    after.send(post("/", std::string(200'000, 'x')));
    EXPECT_EQ(after.answer()->status, 200);
}

TEST_F(ServerTest, EchoesLargeBodiesToAClientThatReadsLate) {
    handler.on = echo;
    RawClient raw = client();
    const std::string body(8 << 20, 'b');
    raw.send(post("/", body));
    raw.send(get("/next"));
    EXPECT_EQ(raw.answer()->body, "POST / " + body);
    EXPECT_EQ(raw.answer()->body, "GET /next ");
}

TEST_F(ServerTest, InvitesABodyThatWaitsToBeInvited) {
    handler.on = echo;
    RawClient raw = client();
    raw.send("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(raw.answer()->status, 100);
    raw.send("ab");
    EXPECT_EQ(raw.answer()->body, "POST /e ab");
}

TEST_F(ServerTest, InvitesABodyOnlyAfterTheAnswersBeforeIt) {
    RawClient raw = client();
    raw.send(get("/first") +
             "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    auto [first, first_responder] = handler.take();
    first_responder.send(text_answer("first"));
    EXPECT_EQ(raw.answer()->body, "first");
    EXPECT_EQ(raw.answer()->status, 100);
    raw.send("ab");
    auto [second, second_responder] = handler.take();
    EXPECT_EQ(second.body, "ab");
    second_responder.send(text_answer("second"));
    EXPECT_EQ(raw.answer()->body, "second");
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
    handler.on = echo;
    RawClient raw = client();
    raw.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + get("/next"));
    const auto head = raw.answer(true);
    EXPECT_TRUE(head->has("Content-Length: 8\r\n"));
    EXPECT_EQ(raw.answer()->body, "GET /next ");
}

TEST_F(ServerTest, NoContentHasNeitherLengthNorBody) {
    handler.on = [](Request, Responder responder) { responder.send({.status = 204}); };
    RawClient raw = client();
    raw.send(get("/"));
    const auto answer = raw.answer();
    EXPECT_EQ(answer->status, 204);
    EXPECT_FALSE(answer->has("Content-Length"));
    EXPECT_FALSE(answer->has("Content-Type"));
}

TEST_F(ServerTest, ClosesWhenTheClientOrTheVersionSaysSo) {
    handler.on = echo;
    RawClient asked = client();
    asked.send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + get("/never"));
    const auto answer = asked.answer();
    EXPECT_TRUE(answer->has("Connection: close"));
    EXPECT_EQ(answer->body, "GET /a ");
    asked.finish_writing();
    EXPECT_TRUE(asked.closed());
    RawClient old = client();
    old.send("GET /a HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(old.answer()->has("Connection: close"));
    old.finish_writing();
    EXPECT_TRUE(old.closed());
    RawClient kept = client();
    kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(kept.answer()->has("Connection: keep-alive"));
    kept.send(get("/b"));
    EXPECT_EQ(kept.answer()->body, "GET /b ");
}

TEST_F(ServerTest, AnswersAClientThatHasFinishedWriting) {
    RawClient raw = client();
    raw.send(get("/a") + get("/b"));
    raw.finish_writing();
    for (const char* text : {"a", "b"}) handler.take().second.send(text_answer(text));
    EXPECT_EQ(raw.answer()->body, "a");
    EXPECT_EQ(raw.answer()->body, "b");
    EXPECT_TRUE(raw.closed());
}

TEST_F(ServerTest, ADroppedResponderIsAnInternalError) {
    handler.on = [](Request, Responder) {};
    RawClient raw = client();
    raw.send(get("/"));
    const auto answer = raw.answer();
    EXPECT_EQ(answer->status, 500);
    EXPECT_THAT(answer->body, HasSubstr("\"code\":\"internal\""));
    raw.send(get("/"));
    EXPECT_EQ(raw.answer()->status, 500);
}

TEST_F(ServerTest, AnExceptionInAHandlerEndsTheConnectionAlone) {
    handler.on = [](Request request, Responder responder) {
        if (request.target == "/throw") throw std::runtime_error("no");
        responder.send(text_answer("fine"));
    };
    RawClient other = client();
    RawClient raw = client();
    raw.send(get("/throw"));
    raw.rest();
    EXPECT_EQ(server->figures().faults, 1u);
    other.send(get("/"));
    EXPECT_EQ(other.answer()->body, "fine");
}

using ServerDeathTest = ServerTest;

TEST_F(ServerDeathTest, CompletingTwiceIsABrokenPromise) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    struct Sink final : ResponseSink {
        void complete(Response) override {}
        std::shared_ptr<StreamSink> stream(Response) override { return nullptr; }
    } sink;
    Responder responder(sink);
    responder.send({});
    EXPECT_DEATH(responder.send({}), "broken promise");
}

TEST_F(ServerTest, ManyThreadsCompleteManyConnections) {
    constexpr int kConnections = 8;
    constexpr int kEach = 300;
    std::vector<std::thread> workers;
    for (int i = 0; i < 3; ++i) {
        workers.emplace_back([&] {
            for (int j = 0; j < kConnections * kEach / 3; ++j) {
                auto [request, responder] = handler.take();
                responder.send(text_answer(request.target));
            }
        });
    }
    client();  // starts the server
    std::vector<std::thread> clients;
    for (int c = 0; c < kConnections; ++c) {
        clients.emplace_back([&, c] {
            RawClient raw(server->port());
            for (int i = 0; i < kEach; i += 10) {
                std::string batch;
                for (int j = i; j < i + 10; ++j) batch += get("/" + std::to_string(c * kEach + j));
                raw.send(batch);
                for (int j = i; j < i + 10; ++j) {
                    ASSERT_EQ(raw.answer()->body, "/" + std::to_string(c * kEach + j));
                }
            }
        });
    }
    for (auto& thread : clients) thread.join();
    for (auto& thread : workers) thread.join();
    EXPECT_EQ(handler.all_answered().size(), static_cast<std::size_t>(kConnections * kEach));
}

TEST_F(ServerTest, AnAnswerToAClientThatHasGoneIsThrownAway) {
    RawClient gone = client();
    gone.send(get("/gone"));
    auto [request, responder] = handler.take();
    gone.close();
    RawClient other = client();
    other.send(get("/here"));
    auto [here, here_responder] = handler.take();
    responder.send(text_answer("late"));
    here_responder.send(text_answer("here"));
    EXPECT_EQ(other.answer()->body, "here");
}

TEST_F(ServerTest, CountsWhatItAnswered) {
    handler.on = [](Request request, Responder responder) {
        responder.set_tag(7);
        responder.add_header("X-Extra", "yes");
        echo(std::move(request), std::move(responder));
    };
    RawClient raw = client();
    raw.send(post("/", "abc"));
    EXPECT_TRUE(raw.answer()->has("X-Extra: yes\r\n"));
    raw.send("bad\r\n\r\n");
    raw.answer();
    const auto all = handler.all_answered();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].tag, 7u);
    EXPECT_EQ(all[0].status, 200);
    EXPECT_EQ(all[0].request_bytes, 3u);
    EXPECT_EQ(all[0].response_bytes, 10u);
    EXPECT_EQ(all[1].tag, kNoTag);
    EXPECT_EQ(all[1].status, 400);
}

TEST_F(ServerTest, StopFinishesWhatIsInFlightAndClosesWhatIsIdle) {
    RawClient idle = client();
    RawClient busy = client();
    busy.send(get("/slow"));
    auto [request, responder] = handler.take();
    std::thread stopping([&] { server->stop(10 * kSecond); });
    EXPECT_TRUE(idle.closed());
    responder.send(text_answer("finished"));
    const auto answer = busy.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "finished");
    EXPECT_TRUE(answer->has("Connection: close"));
    busy.close();
    stopping.join();
}

TEST_F(ServerTest, StopWaitsNoLongerThanItsGraceAndAResponderMayOutliveTheServer) {
    RawClient raw = client();
    raw.send(get("/never"));
    auto [request, responder] = handler.take();
    server->stop(20 * kMillisecond);
    EXPECT_TRUE(raw.closed());
    server.reset();
    responder.send(text_answer("too late"));
}

TEST_F(ServerTest, NothingConnectsAfterStop) {
    client();
    const std::uint16_t port = server->port();
    server->stop(kSecond);
    auto again = Server::start({.port = port, .threads = 1}, handler, clock);
    EXPECT_TRUE(again.ok());
}

TEST_F(ServerTest, ClosesClientsThatSayTooLittleTooSlowly) {
    options.header_timeout = options.body_timeout = options.idle_timeout = 30 * kMillisecond;
    handler.on = echo;
    RawClient idle = client();
    EXPECT_TRUE(idle.closed());
    RawClient half_head = client();
    half_head.send("GET / HTTP/1.1\r\nHost");
    EXPECT_EQ(half_head.answer()->status, 400);
    RawClient half_body = client();
    half_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    const auto answer = half_body.answer();
    EXPECT_EQ(answer->status, 400);
    EXPECT_THAT(answer->body, HasSubstr("not whole within"));
}

TEST_F(ServerTest, AWaitingHandlerIsNotASlowClient) {
    options.header_timeout = options.body_timeout = options.idle_timeout = 20 * kMillisecond;
    RawClient watched = client();
    watched.send(get("/waits"));
    auto [request, responder] = handler.take();
    RawClient idle = client();
    EXPECT_TRUE(idle.closed());  // by now the timeouts have run for both
    responder.send(text_answer("still here"));
    EXPECT_EQ(watched.answer()->body, "still here");
}

TEST_F(ServerTest, ClosesAClientThatDoesNotRead) {
    options.write_timeout = 30 * kMillisecond;
    handler.on = [](Request, Responder responder) {
        responder.send(text_answer(std::string(32 << 20, 'x')));
    };
    RawClient raw = client();
    raw.send(get("/"));
    while (server->figures().requests == 0) std::this_thread::yield();
    while (server->figures().connections_open > 0) std::this_thread::yield();
    EXPECT_FALSE(raw.answer());
}

TEST_F(ServerTest, ConnectionsAreBounded) {
    options.connections_max = 2;
    handler.on = echo;
    RawClient first = client();
    RawClient second = client();
    first.send(get("/"));
    second.send(get("/"));
    ASSERT_TRUE(first.answer() && second.answer());
    RawClient third = client();
    const auto answer = third.answer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_THAT(answer->body, HasSubstr("overloaded"));
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(server->figures().connections_refused, 1u);
}

TEST_F(ServerTest, StreamsPieces) {
    RawClient raw = client();
    raw.send(get("/stream") + get("/next"));
    auto [request, responder] = handler.take();
    auto [next, next_responder] = handler.take();
    next_responder.send(text_answer("next"));
    {
        ResponseStream stream =
            responder.stream({.body = "data: 0\n\n", .content_type = "text/event-stream"});
        const std::string head = raw.head();
        EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
        EXPECT_THAT(head, HasSubstr("Transfer-Encoding: chunked\r\n"));
        EXPECT_EQ(raw.chunk(), "data: 0\n\n");
        for (int i = 1; i < 4; ++i) {
            const std::string piece = "data: " + std::to_string(i) + "\n\n";
            EXPECT_TRUE(stream.write(piece));
            EXPECT_EQ(raw.chunk(), piece);
        }
    }
    EXPECT_EQ(raw.chunk(), "");
    EXPECT_EQ(raw.answer()->body, "next");
}

TEST_F(ServerTest, AStreamOfOneByteAtATimeArrivesWhole) {
    RawClient raw = client();
    raw.send(get("/stream"));
    std::string expected;
    {
        ResponseStream stream = handler.take().second.stream({});
        for (int i = 0; i < 5000; ++i) {
            const char c = static_cast<char>('a' + i % 26);
            ASSERT_TRUE(stream.write({&c, 1}));
            expected.push_back(c);
        }
    }
    EXPECT_EQ(raw.answer()->body, expected);
}

TEST_F(ServerTest, AStreamToAnOldClientEndsWithTheConnection) {
    RawClient raw = client();
    raw.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    {
        ResponseStream stream = handler.take().second.stream({.body = "a"});
        stream.write("b");
    }
    EXPECT_THAT(raw.head(), HasSubstr("Connection: close"));
    EXPECT_EQ(raw.rest(), "ab");
}

TEST_F(ServerTest, AStreamLearnsThatItsClientHasGoneOrDoesNotRead) {
    RawClient gone = client();
    gone.send(get("/"));
    ResponseStream left = handler.take().second.stream({});
    gone.close();
    while (left.write("x")) std::this_thread::yield();
    RawClient deaf = client();
    deaf.send(get("/"));
    ResponseStream unread = handler.take().second.stream({});
    const std::string piece(64 << 10, 'x');
    while (unread.write(piece)) {
    }
}

TEST_F(ServerTest, StopEndsStreams) {
    RawClient raw = client();
    raw.send(get("/"));
    ResponseStream stream = handler.take().second.stream({.body = "first"});
    raw.head();
    EXPECT_EQ(raw.chunk(), "first");
    std::thread stopping([&] { server->stop(10 * kSecond); });
    EXPECT_EQ(raw.chunk(), "");
    stopping.join();
    EXPECT_FALSE(stream.write("more"));
}

TEST_F(ServerTest, SaysWhichPortIsTaken) {
    client();
    options.port = server->port();
    const auto second = Server::start(options, handler, clock);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, Code::kUnavailable);
    EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(options.port)));
    EXPECT_THAT(second.error().hint, HasSubstr("--port"));
}

TEST_F(ServerTest, ListensOnAddressesOnly) {
    options.listen = "localhost";
    const auto named = Server::start(options, handler, clock);
    ASSERT_FALSE(named.ok());
    EXPECT_EQ(named.error().code, Code::kUsage);
    options.listen = "192.0.2.1";  // not ours: TEST-NET-1
    const auto foreign = Server::start(options, handler, clock);
    ASSERT_FALSE(foreign.ok());
    EXPECT_EQ(foreign.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace volant::api
