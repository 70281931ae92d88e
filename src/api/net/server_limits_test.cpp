// Stopping, slowness, bounds, streams and addresses.
#include <gmock/gmock.h>

#include <thread>

#include "api/net/server_for_tests.h"

namespace volant::api {
namespace {

using testing::HasSubstr;

using ServerLimitsTest = ServerTest;

TEST_F(ServerLimitsTest, StopFinishesWhatIsInFlightAndClosesWhatIsIdle) {
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

TEST_F(ServerLimitsTest, StopWaitsNoLongerThanItsGraceAndAResponderMayOutliveTheServer) {
    RawClient raw = client();
    raw.send(get("/never"));
    auto [request, responder] = handler.take();
    server->stop(20 * kMillisecond);
    EXPECT_TRUE(raw.closed());
    server.reset();
    responder.send(text_answer("too late"));
}

TEST_F(ServerLimitsTest, NothingConnectsAfterStop) {
    client();
    const std::uint16_t port = server->port();
    server->stop(kSecond);
    auto again = Server::start({.port = port, .threads = 1}, handler, clock);
    EXPECT_TRUE(again.ok());
}

TEST_F(ServerLimitsTest, ClosesClientsThatSayTooLittleTooSlowly) {
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

TEST_F(ServerLimitsTest, AWaitingHandlerIsNotASlowClient) {
    options.header_timeout = options.body_timeout = options.idle_timeout = 20 * kMillisecond;
    RawClient watched = client();
    watched.send(get("/waits"));
    auto [request, responder] = handler.take();
    RawClient idle = client();
    EXPECT_TRUE(idle.closed());  // by now the timeouts have run for both
    responder.send(text_answer("still here"));
    EXPECT_EQ(watched.answer()->body, "still here");
}

TEST_F(ServerLimitsTest, ClosesAClientThatDoesNotRead) {
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

TEST_F(ServerLimitsTest, ConnectionsAreBounded) {
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

TEST_F(ServerLimitsTest, StreamsPieces) {
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

TEST_F(ServerLimitsTest, AStreamOfOneByteAtATimeArrivesWhole) {
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

TEST_F(ServerLimitsTest, AStreamToAnOldClientEndsWithTheConnection) {
    RawClient raw = client();
    raw.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    {
        ResponseStream stream = handler.take().second.stream({.body = "a"});
        stream.write("b");
    }
    EXPECT_THAT(raw.head(), HasSubstr("Connection: close"));
    EXPECT_EQ(raw.rest(), "ab");
}

TEST_F(ServerLimitsTest, AStreamLearnsThatItsClientHasGoneOrDoesNotRead) {
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

TEST_F(ServerLimitsTest, StopEndsStreams) {
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

TEST_F(ServerLimitsTest, SaysWhichPortIsTaken) {
    client();
    options.port = server->port();
    const auto second = Server::start(options, handler, clock);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, Code::kUnavailable);
    EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(options.port)));
    EXPECT_THAT(second.error().hint, HasSubstr("--port"));
}

TEST_F(ServerLimitsTest, ListensOnAddressesOnly) {
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
