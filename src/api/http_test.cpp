#include "api/http.h"

#include <gtest/gtest.h>

#include "api/error_answer.h"
#include "api/handler.h"
#include "api/local_sink.h"
#include "core/errors.h"

namespace volant::api {
namespace {

TEST(Http, EveryErrorOfTheTableHasAReasonPhrase) {
    for (const ErrorRow& row : error_table())
        EXPECT_NE(status_reason(row.http_status), "") << row.name;
}

TEST(Http, MethodsHaveNames) {
    for (const Method method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut,
                                Method::kPatch, Method::kDelete, Method::kOptions}) {
        EXPECT_EQ(method_from_name(method_name(method)), method);
    }
    EXPECT_EQ(method_from_name("get"), Method::kOther);
}

TEST(Http, KnowsThisMachine) {
    Peer peer;
    EXPECT_FALSE(peer.is_loopback());  // ::
    peer.address[15] = 1;
    EXPECT_TRUE(peer.is_loopback());
    EXPECT_EQ(peer.text(), "::1");
    peer.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 9, 9, 9};
    EXPECT_TRUE(peer.is_loopback());
    EXPECT_EQ(peer.text(), "127.9.9.9");
    peer.address[12] = 128;
    EXPECT_FALSE(peer.is_loopback());
}

TEST(Http, HeadersAreFoundWithoutRegardToCase) {
    Headers headers;
    EXPECT_EQ(headers.get("a"), "");
    headers.add("Content-Type", "text/plain");
    headers.add("X", "");
    EXPECT_EQ(headers.get("content-TYPE"), "text/plain");
    EXPECT_TRUE(headers.has("x"));
    EXPECT_FALSE(headers.has("content-typ"));
    EXPECT_EQ(headers.name(0), "Content-Type");
    EXPECT_EQ(headers.value(0), "text/plain");
}

TEST(ErrorAnswer, SaysWhenToTryAgain) {
    EXPECT_EQ(error_answer(fail(Code::kOverloaded, "x"), 7).headers, "Retry-After: 7\r\n");
    EXPECT_EQ(error_answer(fail(Code::kRateLimited, "x")).headers, "Retry-After: 1\r\n");
    EXPECT_EQ(error_answer(fail(Code::kNotFound, "x")).headers, "");
    EXPECT_EQ(
        error_answer(fail(Code::kWrongType, "found \"x\"", "/3/time", "h")).body,
        "{\"error\":{\"code\":\"wrong_type\",\"message\":\"found \\\"x\\\"\",\"field\":\"/3/time\","
        "\"hint\":\"h\"}}");
}

class StreamingHandler final : public Handler {
  public:
    void handle(Request, Responder responder) override {
        responder.add_header("X", "y");
        ResponseStream stream = responder.stream({.body = "a"});
        stream.write("b");
    }
};

TEST(LocalSink, JoinsAStream) {
    StreamingHandler handler;
    const Response response = ask(handler, {});
    EXPECT_EQ(response.body, "ab");
    EXPECT_EQ(response.headers, "X: y\r\n");
}

}  // namespace
}  // namespace volant::api
