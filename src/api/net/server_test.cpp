// The protocol over real sockets: what is asked in order, in pieces, at once, and answered so. What
// is refused: server_refusals_test.cpp; how slowly one may speak: server_limits_test.cpp.
#include <gmock/gmock.h>

#include <thread>

#include "api/net/connection.h"
#include "api/net/server_for_tests.h"

namespace volant::api {
namespace {

using testing::HasSubstr;

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

// More than waits to be written at once, and all of it taken by the socket without waiting: nothing
// but the answers themselves is left to go on from.
TEST_F(ServerTest, LargeAnswersToPipelinedRequestsAllCome) {
    const std::string large(kOutBytesMax + 1, 'x');
    handler.on = [&](Request, Responder responder) { responder.send(text_answer(large)); };
    RawClient raw = client();
    for (int round = 0; round < 20; ++round) {
        raw.send(get("/1") + get("/2") + get("/3"));
        for (int i = 0; i < 3; ++i) {
            const auto answer = raw.answer();
            ASSERT_TRUE(answer) << "round " << round << ", answer " << i;
            EXPECT_EQ(answer->body.size(), large.size());
        }
    }
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

TEST_F(ServerTest, SaysWhoseAnswersNobodyWaitsForAnyMore) {
    RawClient raw = client();
    raw.send(get("/first") + get("/second"));
    auto [one, first] = handler.take();
    auto [two, second] = handler.take();
    EXPECT_TRUE(first.is_wanted() && second.is_wanted());
    first.send(text_answer("unread"));
    char byte;
    ASSERT_EQ(::recv(raw.fd(), &byte, 1, MSG_PEEK), 1);
    raw.close();  // over what it has not read: the connection is reset
    for (int tries = 0; tries < 1000 && second.is_wanted(); ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(second.is_wanted());
    second.send(text_answer("thrown away"));
}

}  // namespace
}  // namespace volant::api
