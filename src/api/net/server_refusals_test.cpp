// The protocol over real sockets: what is no request, or too much of one, is refused before it is
// read whole.
#include <gmock/gmock.h>

#include <thread>

#include "api/net/server_for_tests.h"

namespace volant::api {
namespace {

using std::string_literals::operator""s;
using testing::HasSubstr;

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
        {"two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, "usage"},
        {"space before colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "usage"},
        {"control character", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s, 400, "usage"},
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

// What was received is kept on, as a command that waits, until its answer.
TEST_F(ServerTest, BodiesThatWaitForTheirAnswerAreBoundedTogether) {
    options.bodies_bytes_max = 300'000;
    RawClient raw = client();
    raw.send(get("/1") + get("/2") + get("/3"));
    Responder first = handler.take().second, second = handler.take().second;
    EXPECT_TRUE(first.hold(200'000));
    EXPECT_FALSE(second.hold(200'000));
    second.send(text_answer("too much"));
    first.send(text_answer("done"));
    Responder third = handler.take().second;
    EXPECT_TRUE(third.hold(200'000));
    third.send(text_answer("done"));
}

// A client that asks for much and reads nothing.
TEST_F(ServerTest, LargeAnswersThatWaitAreBoundedTogether) {
    options.bodies_bytes_max = 300'000;
    RawClient raw = client();
    raw.send(get("/1") + get("/2") + get("/3"));
    Responder first = handler.take().second, second = handler.take().second;
    const std::string large(200'000, 'x');
    second.send(text_answer(large));  // waits behind the first
    Responder third = handler.take().second;
    third.send(text_answer(large));
    first.send(text_answer("done"));
    EXPECT_EQ(raw.answer()->body, "done");
    EXPECT_EQ(raw.answer()->body.size(), large.size());
    EXPECT_EQ(raw.answer()->status, 503);
    raw.send(get("/4"));
    handler.take().second.send(text_answer(large));
    EXPECT_EQ(raw.answer()->body.size(), large.size());
}

}  // namespace
}  // namespace volant::api
