#include "api/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/local_sink.h"
#include "api/shapes.h"
#include "collect/event_parser.h"
#include "core/compress.h"

namespace volant::api {
namespace {

using protect::Scope;
using testing::ElementsAre;
using testing::HasSubstr;

// Of a server whose requests are too large together.
class FullSink final : public ResponseSink {
  public:
    void complete(Response response) override { answer = std::move(response); }
    std::shared_ptr<StreamSink> stream(Response) override { return nullptr; }
    bool hold(std::size_t) override { return false; }
    Response answer;
};

constexpr Field kQuery[] = {
    {.name = "limit", .kind = Kind::kInt, .min = 1, .max = 1000},
    {.name = "dry_run", .kind = Kind::kBool},
    {.name = "at", .kind = Kind::kTime},
    {.name = "state", .kind = Kind::kString, .values = "open|closed"},
};

constexpr Peer loopback() {
    return {.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}, .port = 40000};
}

constexpr Peer elsewhere() {
    return {.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 9}, .port = 40000};
}

Request make(Method method, std::string target, std::string body = {},
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    Request request{.method = method, .target = std::move(target), .body = std::move(body)};
    request.peer = loopback();
    request.headers.add("Host", "localhost:7700");
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return request;
}

class RouterTest : public testing::Test {
  protected:
    std::vector<Route> table() {
        const auto keep = [this](Call call, Responder responder) {
            last = std::move(call);
            responder.send(json_answer("{}"));
        };
        return {
            {.method = Method::kPost,
             .pattern = "/v1/events",
             .name = "events",
             .scope = Scope::kIngest,
             .text = "Events.",
             .request = &collect::kEventShape,
             .requests = Many::kOneOrMore,
             .answer = &shapes::kEventAnswer,
             .handle = keep},
            {.pattern = "/v1/events",
             .name = "list_events",
             .text = "Lists.",
             .query = kQuery,
             .open_query = true,
             .answer = &shapes::kStoredEvent,
             .answers = Many::kPage,
             .handle = keep},
            {.method = Method::kPost,
             .pattern = "/v1/predict/{model}",
             .name = "predict",
             .scope = Scope::kPredict,
             .text = "Predicts.",
             .query = kQuery,
             .request = &shapes::kPredict,
             .requests = Many::kOne,
             .multipart = true,
             .answer = &shapes::kPrediction,
             .handle = keep},
            {.pattern = "/v1/features/{entity}/{id}",
             .name = "features",
             .text = "Reads.",
             .query = kQuery,
             .answer = &shapes::kFeatureRow,
             .handle = keep},
            {.method = Method::kPost,
             .pattern = "/v1/models/{m}/promote",
             .name = "promote",
             .scope = Scope::kAdmin,
             .text = "Promotes.",
             .request = &shapes::kPromote,
             .requests = Many::kOne,
             .handle = keep},
            {.pattern = "/healthz",
             .name = "healthz",
             .scope = Scope::kNone,
             .text = "Up?",
             .answer = &shapes::kHealth,
             .while_recovering = true,
             .handle = keep},
        };
    }
    Router& router() {
        if (!router_) router_.emplace(table(), options, keys, limit, metrics);
        return *router_;
    }
    Response ask(Request request) { return api::ask(router(), std::move(request)); }
    // Expects `code` with its status, and gives the answer.
    Response refused(Request request, Code code) {
        Response response = ask(std::move(request));
        EXPECT_EQ(response.status, error_row(code).http_status) << response.body;
        EXPECT_THAT(response.body,
                    HasSubstr("\"code\":\"" + std::string(error_row(code).name) + "\""));
        return response;
    }
    std::string add_key(std::string_view scopes, std::vector<std::string> origins = {}) {
        auto made =
            protect::make_key("test", *protect::parse_scopes(scopes), std::move(origins), 0);
        EXPECT_TRUE(made.ok()) << made.error().message;
        const std::string clear = encode_key_made(made->key);
        log::Record record;
        record.type = log::RecordType::kKey;
        record.clear = clear;
        keys.apply(record);
        return made->secret;
    }

    RouterOptions options;
    protect::Keys keys{{"https://configured.example"}};
    protect::RateLimit limit{{}};
    Metrics metrics;
    Call last;

  private:
    std::optional<Router> router_;
};

TEST_F(RouterTest, FindsARouteAndItsParameters) {
    EXPECT_EQ(ask(make(Method::kPost, "/v1/predict/open_book?dry_run=true&limit=5", "{}")).status,
              200);
    EXPECT_EQ(last.route->name, "predict");
    EXPECT_THAT(last.path, ElementsAre("open_book"));
    EXPECT_TRUE(last.flag("dry_run"));
    EXPECT_EQ(last.integer("limit", 50), 5);
    EXPECT_EQ(last.integer("other", 50), 50);
    EXPECT_EQ(last.parameter("state"), nullptr);
    EXPECT_EQ(last.body_kind, BodyKind::kJson);
}

TEST_F(RouterTest, PathParametersMayHoldAnything) {
    ask(make(Method::kGet, "/v1/features/user/a%2Fb%20%E4%B9%A6?at=2026-11-24T10:00:00Z"));
    EXPECT_THAT(last.path, ElementsAre("user", "a/b 书"));
    EXPECT_EQ(last.time_of("at"), *parse_time("2026-11-24T10:00:00Z"));
    ask(make(Method::kGet, "/v1/features/%75ser/a+b?at=1764000000"));
    EXPECT_THAT(last.path, ElementsAre("user", "a+b"));
    EXPECT_EQ(last.time_of("at"), 1764000000 * kSecond);
    ask(make(Method::kGet, "http://localhost:7700/v1/features/user/x"));
    EXPECT_THAT(last.path, ElementsAre("user", "x"));
}

TEST_F(RouterTest, AnIdMayHoldAnyCharacterInAPathAsInABody) {
    ask(make(Method::kGet, "/v1/features/user/a%00b"));
    EXPECT_THAT(last.path, ElementsAre("user", std::string("a\0b", 3)));
    ask(make(Method::kGet, "/v1/events?user=a%00b"));
    EXPECT_EQ(*last.parameter("user"), std::string("a\0b", 3));
}

TEST_F(RouterTest, RefusesPathsThatCannotBeDecoded) {
    refused(make(Method::kGet, "/v1/features/user/%zz"), Code::kUsage);
    refused(make(Method::kGet, "/v1/features/user/%ff"), Code::kInvalidUtf8);
    refused(make(Method::kGet, "/v1/features/user/" + std::string(257, 'x')), Code::kOutOfRange);
}

TEST_F(RouterTest, NamesTheNearestRoute) {
    EXPECT_THAT(refused(make(Method::kPost, "/v1/event"), Code::kNotFound).body,
                HasSubstr("/v1/events"));
    refused(make(Method::kPost, "/v1/events/"), Code::kNotFound);
    refused(make(Method::kPost, "//v1/events"), Code::kNotFound);
    refused(make(Method::kGet, "/v1/features/user/"), Code::kNotFound);
    refused(make(Method::kGet, "/" + std::string(100, '/')), Code::kNotFound);
    EXPECT_THAT(refused(make(Method::kGet, "/zzzzzzzzzzzzzzzzz"), Code::kNotFound).body,
                HasSubstr("/openapi.json"));
}

TEST_F(RouterTest, SaysWhichMethodsThereAre) {
    const Response response = refused(make(Method::kDelete, "/v1/events"), Code::kMethodNotAllowed);
    EXPECT_THAT(response.headers, HasSubstr("Allow: GET, HEAD, POST, OPTIONS\r\n"));
    refused(make(Method::kOther, "/v1/events"), Code::kMethodNotAllowed);
    refused(make(Method::kHead, "/v1/predict/m"), Code::kMethodNotAllowed);
    Request trace = make(Method::kOther, "/v1/events");
    trace.other_method = "TRACE";
    EXPECT_THAT(refused(std::move(trace), Code::kMethodNotAllowed).body,
                HasSubstr("found TRACE /v1/events"));
}

TEST_F(RouterTest, HeadIsAnsweredByGet) {
    EXPECT_EQ(ask(make(Method::kHead, "/v1/events")).status, 200);
    EXPECT_EQ(last.route->name, "list_events");
}

TEST_F(RouterTest, ChecksTheQuery) {
    const auto at = [](std::string query) {
        return make(Method::kGet, "/v1/features/user/u1?" + query);
    };
    EXPECT_THAT(refused(at("limt=5"), Code::kUnknownField).body, HasSubstr("limit"));
    EXPECT_THAT(refused(at("limit=many"), Code::kWrongType).body,
                HasSubstr("\"field\":\"/limit\""));
    refused(at("limit="), Code::kWrongType);
    refused(at("limit=1.5"), Code::kWrongType);
    refused(at("limit=0"), Code::kOutOfRange);
    refused(at("limit=1001"), Code::kOutOfRange);
    refused(at("limit=99999999999999999999"), Code::kWrongType);
    refused(at("limit=5&limit=6"), Code::kDuplicateKey);
    refused(at("dry_run=yes"), Code::kWrongType);
    refused(at("at=yesterday"), Code::kInvalidTime);
    EXPECT_THAT(refused(at("state=opn"), Code::kOutOfRange).body, HasSubstr("open"));
    refused(at("%zz=1"), Code::kUsage);
    EXPECT_EQ(ask(at("&&limit=5&")).status, 200);
    EXPECT_EQ(ask(make(Method::kGet, "/v1/events?book=b+7%2F")).status, 200);
    EXPECT_EQ(*last.parameter("book"), "b 7/");
}

TEST_F(RouterTest, TimesWithoutAZoneAreTakenWhereTheWorkspaceHasOne) {
    options.zone = {.allow_local = true, .offset_minutes = 60};
    options.simulated_time = true;
    ask(make(Method::kGet, "/v1/features/user/u1?at=2026-11-24T10:00:00"));
    EXPECT_EQ(last.time_of("at"), *parse_time("2026-11-24T09:00:00Z"));
    ask(make(Method::kGet, "/v1/events", "", {{"Volant-Time", "2026-11-24T10:00:00"}}));
    EXPECT_EQ(last.time, *parse_time("2026-11-24T09:00:00Z"));
}

TEST_F(RouterTest, BelievesTheContentTypeForNdjsonAndMultipartOnly) {
    const auto post = [](std::string target, std::string type) {
        return make(Method::kPost, std::move(target), "{}", {{"Content-Type", std::move(type)}});
    };
    ask(post("/v1/events", "application/x-ndjson; charset=utf-8"));
    EXPECT_EQ(last.body_kind, BodyKind::kNdjson);
    ask(post("/v1/events", "text/plain"));
    EXPECT_EQ(last.body_kind, BodyKind::kJson);
    ask(post("/v1/predict/m", "multipart/form-data; boundary=\"a b\"; x=y"));
    EXPECT_EQ(last.body_kind, BodyKind::kMultipart);
    EXPECT_EQ(last.boundary, "a b");
    refused(post("/v1/predict/m", "multipart/form-data"), Code::kUnsupportedMediaType);
    refused(post("/v1/events", "multipart/form-data; boundary=x"), Code::kUnsupportedMediaType);
    refused(post("/v1/predict/m", "application/x-ndjson"), Code::kUnsupportedMediaType);
}

TEST_F(RouterTest, InflatesBodiesUpToTheirLimit) {
    options.body_bytes_max = 1000;
    const auto post = [](std::string body, std::string encoding) {
        return make(Method::kPost, "/v1/events", std::move(body),
                    {{"Content-Encoding", std::move(encoding)}});
    };
    ask(post(gzip("{\"a\":1}"), "gzip"));
    EXPECT_EQ(last.request.body, "{\"a\":1}");
    ask(post(zstd("{\"a\":2}"), "zstd"));
    EXPECT_EQ(last.request.body, "{\"a\":2}");
    ask(post("{}", "identity"));
    EXPECT_EQ(last.request.body, "{}");
    refused(post(gzip(std::string(1001, ' ')), "gzip"), Code::kTooLarge);
    refused(post("{}", "br"), Code::kUnsupportedMediaType);
    refused(post("{}", "gzip"), Code::kInvalidJson);
}

TEST_F(RouterTest, RefusesALargeBodyWhileTooManyWait) {
    FullSink sink;
    router().handle(make(Method::kPost, "/v1/events", std::string(5'000, ' ')), Responder(sink));
    EXPECT_EQ(sink.answer.status, 503);
    router().handle(make(Method::kPost, "/v1/events", "{}"), Responder(sink));
    EXPECT_EQ(sink.answer.status, 200);
}

TEST_F(RouterTest, RefusesATimeWhereTheClockIsReal) {
    const auto at = [](std::string time) {
        return make(Method::kGet, "/v1/events", "", {{"Volant-Time", time}});
    };
    refused(at("2026-11-24T10:00:00Z"), Code::kUnknownField);
}

TEST_F(RouterTest, HandsOnTheSimulatedTime) {
    options.simulated_time = true;
    const auto at = [](std::string time) {
        return make(Method::kGet, "/v1/events", "", {{"Volant-Time", time}});
    };
    ask(at("2026-11-24T10:00:00Z"));
    EXPECT_EQ(last.time, *parse_time("2026-11-24T10:00:00Z"));
    refused(at("ten o'clock"), Code::kInvalidTime);
    refused(at("1772323200000000000"), Code::kTimeOutOfRange);  // nanoseconds
    refused(at("1899-12-31T23:59:59Z"), Code::kTimeOutOfRange);
    EXPECT_EQ(ask(at("9999-12-31T23:59:59Z")).status, 200);
    ask(make(Method::kGet, "/v1/events"));
    EXPECT_EQ(last.time, std::nullopt);
}

TEST_F(RouterTest, WhileRecoveringOnlyHealthIsAnswered) {
    router().recovering([] { return "read 12 % of the log"; });
    const Response response = refused(make(Method::kGet, "/v1/events"), Code::kRecovering);
    EXPECT_THAT(response.body, HasSubstr("12 %"));
    EXPECT_THAT(response.headers, HasSubstr("Retry-After: 1\r\n"));
    EXPECT_EQ(ask(make(Method::kGet, "/healthz")).status, 200);
    router().ready();
    EXPECT_EQ(ask(make(Method::kGet, "/v1/events")).status, 200);
}

TEST_F(RouterTest, WithoutKeysOnlyThisMachineMayAskAndNoForeignPage) {
    Request remote = make(Method::kGet, "/v1/events");
    remote.peer = elsewhere();
    const Response response = refused(std::move(remote), Code::kUnauthenticated);
    EXPECT_THAT(response.headers, HasSubstr("WWW-Authenticate: Bearer\r\n"));
    const auto from = [](std::string origin) {
        return make(Method::kPost, "/v1/events", "{}", {{"Origin", std::move(origin)}});
    };
    refused(from("https://evil.example"), Code::kForbidden);
    refused(from("null"), Code::kForbidden);
    EXPECT_EQ(ask(from("http://localhost:7700")).status, 200);
    EXPECT_EQ(ask(from("https://configured.example")).status, 200);
    Request rebound{.method = Method::kGet, .target = "/v1/events", .peer = loopback()};
    rebound.headers.add("Host", "evil.example:7700");
    refused(std::move(rebound), Code::kForbidden);
    Request health{.method = Method::kGet, .target = "/healthz", .peer = elsewhere()};
    EXPECT_EQ(ask(std::move(health)).status, 200);
}

TEST_F(RouterTest, FromTheFirstKeyOnEachRouteNeedsOneWithItsScope) {
    const std::string ingest = add_key("ingest");
    const std::string admin = add_key("admin");
    const auto with = [](Method method, std::string target, std::string name, std::string value) {
        return make(method, std::move(target), "{}", {{std::move(name), std::move(value)}});
    };
    refused(make(Method::kGet, "/v1/events"), Code::kUnauthenticated);
    EXPECT_EQ(ask(make(Method::kGet, "/healthz")).status, 200);
    EXPECT_EQ(ask(with(Method::kPost, "/v1/events", "Authorization", "Bearer " + ingest)).status,
              200);
    EXPECT_FALSE(last.caller.key_id.empty());
    EXPECT_EQ(ask(with(Method::kPost, "/v1/events", "authorization", "bearer  " + ingest)).status,
              200);
    EXPECT_EQ(ask(with(Method::kPost, "/v1/events", "X-API-Key", ingest)).status, 200);
    EXPECT_THAT(
        refused(with(Method::kGet, "/v1/events", "X-API-Key", ingest), Code::kForbidden).body,
        HasSubstr("read"));
    EXPECT_EQ(ask(with(Method::kGet, "/v1/events", "X-API-Key", admin)).status, 200);
    refused(with(Method::kPost, "/v1/events", "X-API-Key", "vk_unknown"), Code::kUnauthenticated);
    refused(with(Method::kPost, "/v1/events", "Authorization", "Basic " + ingest),
            Code::kUnauthenticated);
}

TEST_F(RouterTest, BrowsersMayAskFromAllowedOrigins) {
    const std::string key = add_key("ingest", {"https://shop.example"});
    const auto preflight = [](std::string origin) {
        return make(Method::kOptions, "/v1/events", "",
                    {{"Origin", std::move(origin)}, {"Access-Control-Request-Method", "POST"}});
    };
    const Response allowed = ask(preflight("https://shop.example"));
    EXPECT_EQ(allowed.status, 204);
    EXPECT_THAT(allowed.headers,
                HasSubstr("Access-Control-Allow-Origin: https://shop.example\r\n"));
    EXPECT_THAT(allowed.headers,
                HasSubstr("Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"));
    EXPECT_THAT(allowed.headers, HasSubstr("Access-Control-Allow-Headers: Authorization"));
    EXPECT_THAT(allowed.headers, HasSubstr("Vary: Origin\r\n"));
    EXPECT_EQ(ask(preflight("https://configured.example")).status, 204);
    refused(preflight("https://evil.example"), Code::kForbidden);
    const auto post = [&](std::string origin) {
        return make(Method::kPost, "/v1/events", "{}",
                    {{"Origin", std::move(origin)}, {"Authorization", "Bearer " + key}});
    };
    const Response response = ask(post("https://shop.example"));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.headers,
                HasSubstr("Access-Control-Allow-Origin: https://shop.example\r\n"));
    const Response evil = refused(post("https://evil.example"), Code::kForbidden);
    EXPECT_THAT(evil.headers, testing::Not(HasSubstr("Access-Control-Allow-Origin")));
    refused(make(Method::kPost, "/v1/events", "{}", {{"Authorization", "Bearer " + key}}),
            Code::kForbidden);
}

TEST_F(RouterTest, PlainOptionsListTheMethods) {
    const Response response = ask(make(Method::kOptions, "/v1/predict/m"));
    EXPECT_EQ(response.status, 204);
    EXPECT_THAT(response.headers, HasSubstr("Allow: POST, OPTIONS\r\n"));
    EXPECT_EQ(ask(make(Method::kOptions, "*")).status, 204);
    refused(make(Method::kOptions, "/nowhere"), Code::kNotFound);
}

class LimitedRouterTest : public RouterTest {
  protected:
    protect::RateLimit strict{{.per_second = 0.01, .burst = 2}};
};

TEST_F(LimitedRouterTest, AsksCallersToWait) {
    Router limited(table(), {}, keys, strict, metrics);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(api::ask(limited, make(Method::kGet, "/v1/events")).status, 200);
    const Response response = api::ask(limited, make(Method::kGet, "/v1/events"));
    EXPECT_EQ(response.status, 429);
    EXPECT_THAT(response.headers, testing::ContainsRegex("Retry-After: [0-9]+\r\n"));
    EXPECT_EQ(api::ask(limited, make(Method::kGet, "/healthz")).status, 200);
}

TEST_F(LimitedRouterTest, CountsRequestsWithoutAKnownKeyByTheirAddress) {
    const std::string key = add_key("read");
    Router limited(table(), {}, keys, strict, metrics);
    const auto with = [](const std::string& secret) {
        return make(Method::kGet, "/v1/events", "", {{"X-API-Key", secret}});
    };
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(api::ask(limited, with("guess" + std::to_string(i))).status, 401);
    EXPECT_EQ(api::ask(limited, with("guess2")).status, 429);
    EXPECT_EQ(api::ask(limited, make(Method::kGet, "/v1/events")).status, 429);
    EXPECT_EQ(api::ask(limited, with(key)).status, 200) << "a key has its own";
}

TEST_F(RouterTest, ARouteWithoutABodyTakesAnEmptyObject) {
    std::vector<Route> routes = table();
    routes.push_back({.method = Method::kPost,
                      .pattern = "/v1/models/{m}/train",
                      .name = "train",
                      .text = "Trains.",
                      .answer = &shapes::kTrainAnswer,
                      .handle = [](Call, Responder responder) { responder.send({}); }});
    Router trains(std::move(routes), {}, keys, limit, metrics);
    const auto post = [&](std::string body) {
        return api::ask(trains, make(Method::kPost, "/v1/models/m/train", std::move(body)));
    };
    for (const char* nothing : {"", " ", "{}", " { }\n"}) EXPECT_EQ(post(nothing).status, 200);
    EXPECT_THAT(post("xxx").body, HasSubstr("invalid_json"));
    EXPECT_THAT(post("[]").body, HasSubstr("wrong_type"));
    EXPECT_THAT(post("{\"why\":1}").body, HasSubstr("unknown_field"));
}

TEST_F(RouterTest, CountsByRouteAndStatus) {
    router().answered(
        {.tag = 0, .status = 200, .latency_us = 150, .request_bytes = 10, .response_bytes = 20});
    router().answered({.tag = 0, .status = 200, .latency_us = 90});
    router().answered({.tag = kNoTag, .status = 404, .latency_us = 10});
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("volant_requests_total{route=\"events\",status=\"200\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("volant_requests_total{route=\"none\",status=\"404\"} 1\n"));
    EXPECT_THAT(text,
                HasSubstr("volant_request_seconds_bucket{route=\"events\",le=\"0.0001\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("volant_request_bytes_total 10\n"));
}

TEST_F(RouterTest, RefusesTablesThatContradictThemselves) {
    EXPECT_TRUE(check_routes(table()).ok());
    const auto broken = [&](auto&& spoil) {
        std::vector<Route> routes = table();
        spoil(routes);
        return !check_routes(routes).ok();
    };
    EXPECT_TRUE(broken([](auto& r) { r.push_back(r[0]); }));
    EXPECT_TRUE(broken([](auto& r) { r[0].pattern = "v1"; }));
    EXPECT_TRUE(broken([](auto& r) { r[0].name = r[1].name; }));
    EXPECT_TRUE(broken([](auto& r) { r[0].request = nullptr; }));
    EXPECT_TRUE(broken([](auto& r) { r[0].handle = nullptr; }));
    EXPECT_TRUE(broken([](auto& r) { r[2].pattern = "/v1/predict/{model"; }));
    EXPECT_TRUE(broken([](auto& r) { r[2].path = kQuery; }));
}

}  // namespace
}  // namespace volant::api
