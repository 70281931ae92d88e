// What the surface promises of requests and answers, on a workspace as users meet it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing.h"

namespace volant::api {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::Home;
using ::testing::Not;

constexpr std::string_view kSpecification = R"(name: "a <shop> & more"
subject: user
entities: { user: {}, book: {} }
events: { open: { user: id, book: id } }
features:
  user.opens: { count: open, by: user }
models:
  returns:
    decide: { classify: user }
    inputs: { weight: double, when: time, site: string }
    outcome: { within: 1h, otherwise: 0 }
    features: [user.*]
  shelf:
    decide: { rank: book }
    outcome: { event: open, within: 1h, otherwise: 0 }
    features: [user.*]
server: { port: 0 }
)";

class SurfaceTest : public ::testing::Test {
  protected:
    std::string event(int number, std::size_t bytes) {
        return fmt::format(
            R"({{"event":"open","user":"u1","book":"b{}","properties":{{"text":"{}"}}}})", number,
            std::string(bytes, 'x'));
    }
    std::string other_bodies() {
        const std::string text = home.ok(home.get("/metrics"));
        const std::string name = "\nvolant_duplicates_with_other_body_total ";
        const std::size_t begin = text.find(name);
        EXPECT_NE(begin, std::string::npos);
        return text.substr(begin + name.size(), text.find('\n', begin + 1) - begin - name.size());
    }
    std::string predict(const std::string& rest) {
        return home.ok(home.post("/v1/predict/returns", "{\"user\":\"u1\"" + rest + "}"));
    }

    Home home{kSpecification};
};

TEST_F(SurfaceTest, APageOfEventsIsBoundedInBytesAndGoesOn) {
    constexpr int kEvents = 12;
    for (int i = 0; i < kEvents; ++i) home.ok(home.post("/v1/events", event(i, 1'000'000)));
    std::vector<std::string> seen;
    std::string cursor;
    for (int pages = 0; pages < 10; ++pages) {
        const std::string page = home.ok(home.get("/v1/events?limit=1000" + cursor));
        EXPECT_LT(page.size(), (4u << 20) + 1000);
        for (int i = 0; !at(page, fmt::format("/items/{}", i)).empty(); ++i)
            seen.push_back(at(page, fmt::format("/items/{}/book", i)));
        const std::string next = at(page, "/next");
        if (next == "null") break;
        cursor = "&cursor=" + next;
    }
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(kEvents));
    for (int i = 0; i < kEvents; ++i)
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], fmt::format("b{}", kEvents - 1 - i));
}

TEST_F(SurfaceTest, OtherBodiesUnderAKnownIdAreCounted) {
    EXPECT_EQ(other_bodies(), "0");
    const std::string first = predict(R"(,"id":"p1","input":{"weight":1,"site":"a"})");
    EXPECT_EQ(predict(R"(,"id":"p1","input":{"site":"a","weight":1.0})"), first);
    EXPECT_EQ(other_bodies(), "0") << "the same in other words";
    EXPECT_EQ(predict(R"(,"id":"p1","input":{"weight":2,"site":"a"})"), first);
    EXPECT_EQ(other_bodies(), "1");
    const auto feedback = [&](const std::string& outcome) {
        return at(home.ok(home.post("/v1/feedback", R"({"id":"f1","prediction_id":")" +
                                                        at(first, "/prediction_id") +
                                                        R"(","outcome":)" + outcome + "}")),
                  "/state");
    };
    EXPECT_EQ(feedback("1"), "closed");
    EXPECT_EQ(feedback("true"), "duplicate");
    EXPECT_EQ(other_bodies(), "1");
    EXPECT_EQ(feedback("0"), "duplicate");
    EXPECT_EQ(other_bodies(), "2");
    home.restart();
    EXPECT_EQ(feedback("0"), "duplicate");
    EXPECT_EQ(feedback("1"), "duplicate");
    EXPECT_EQ(other_bodies(), "1") << "the check is kept with the id";
}

TEST_F(SurfaceTest, ADryRunSaysWhatItWasReadThrough) {
    const std::string lsn =
        at(home.ok(home.post("/v1/events", R"({"event":"open","user":"u1","book":"b1"})")), "/lsn");
    const std::string dry =
        home.ok(home.post("/v1/predict/returns?dry_run=true", R"({"user":"u1"})"));
    EXPECT_EQ(at(dry, "/lsn"), lsn);
    EXPECT_EQ(at(dry, "/prediction_id"), "");
}

TEST_F(SurfaceTest, EachLsnThatIsGivenIsTaken) {
    const std::string before = home.ok(home.get("/v1/features/user/u1?at=1950-01-01T00:00:00Z"));
    EXPECT_EQ(at(before, "/lsn"), "0");
    home.ok(home.get("/v1/status?min_lsn=0"));
    predict(R"(,"min_lsn":"0")");
}

TEST_F(SurfaceTest, InputsTakeWhatPropertiesTake) {
    predict(R"(,"input":{"weight":10000000000000000000,"when":1764000000})");
    const std::string id = at(predict(R"(,"input":{"when":1764000000.5})"), "/prediction_id");
    EXPECT_EQ(at(home.ok(home.get("/v1/predictions/" + id)), "/request/input/when"),
              "2025-11-24T16:00:00.500000Z");
    const Response refused =
        home.post("/v1/predict/returns", R"({"user":"u1","input":{"site":["a"]}})");
    EXPECT_EQ(Home::refusal(refused), "400 wrong_type /input/site");
    EXPECT_EQ(at(refused.body, "/error/message"), "found a list of 1, expected string");
}

TEST_F(SurfaceTest, OneBadElementLeavesTheOthersWhateverIsWrongWithIt) {
    for (const char* bad : {"NaN", R"("a\qb")"}) {
        const std::string events = home.ok(home.post(
            "/v1/events", fmt::format(R"([{{"event":"a","properties":{{"x":1}}}},)"
                                      R"({{"event":"a","properties":{{"x":{}}}}},{{"event":"b"}}])",
                                      bad)));
        EXPECT_EQ(at(events, "/accepted"), "2") << events;
        EXPECT_EQ(at(events, "/results/0/index"), "1");
        EXPECT_EQ(at(events, "/results/0/error/field"), "/1/properties/x");
        EXPECT_THAT(at(events, "/results/0/error/message"),
                    HasSubstr(std::string(bad).substr(1, 1)));
        const std::string predictions = home.ok(home.post(
            "/v1/predict/returns",
            fmt::format(R"([{{"user":"u1","input":{{"weight":{}}}}},{{"user":"u1"}}])", bad)));
        EXPECT_EQ(at(predictions, "/0/error/field"), "/0/input/weight") << predictions;
        EXPECT_EQ(at(predictions, "/1/model"), "returns");
    }
}

TEST_F(SurfaceTest, AnIdMayHoldANulEverywhere) {
    home.ok(home.post("/v1/events", R"({"event":"open","user":"a\u0000b","book":"b1"})"));
    const std::string page = home.ok(home.get("/v1/events?user=a%00b"));
    EXPECT_EQ(at(page, "/items/0/book"), "b1");
    EXPECT_EQ(at(home.ok(home.get("/v1/features/user/a%00b")), "/known"), "true");
}

TEST_F(SurfaceTest, AFirstKeyWithoutAdminSaysWhatIsLockedOut) {
    const std::string ingest = home.ok(home.post("/v1/keys", R"({"scopes":"ingest"})"));
    EXPECT_THAT(at(ingest, "/hint"), HasSubstr("admin"));
}

TEST_F(SurfaceTest, AnAdminLocksNobodyOut) {
    const std::string admin = home.ok(home.post("/v1/keys", R"({"scopes":"admin"})"));
    EXPECT_EQ(at(admin, "/hint"), "");
    home.key = at(admin, "/key");
    EXPECT_EQ(at(home.ok(home.post("/v1/keys", R"({"scopes":"ingest"})")), "/hint"), "");
}

TEST_F(SurfaceTest, TheRootSaysWhatThisIs) {
    const Response page = home.get("/");
    EXPECT_EQ(page.status, 200);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(page.body, HasSubstr("a &lt;shop> &amp; more"));
    for (const char* link : {"/openapi.json", "/healthz", "/v1/status"})
        EXPECT_THAT(page.body, HasSubstr(std::string("href=\"") + link + "\""));
    EXPECT_THAT(page.body, Not(HasSubstr("http")));
    home.key = at(home.ok(home.post("/v1/keys", R"({"scopes":"admin"})")), "/key");
    EXPECT_EQ(home.get("/").status, 200);
    home.key = "vk_wrong";
    EXPECT_EQ(home.get("/").status, 401);
}

TEST_F(SurfaceTest, NoEventHasNoTime) {
    EXPECT_EQ(at(home.ok(home.get("/v1/status")), "/stages/collect/last_event_time"), "");
    home.ok(home.post("/v1/events", R"({"event":"open","user":"u1","book":"b1"})"));
    EXPECT_NE(at(home.ok(home.get("/v1/status")), "/stages/collect/last_event_time"), "");
}

TEST_F(SurfaceTest, TrainingTakesNoBody) {
    EXPECT_EQ(Home::refusal(home.post("/v1/models/returns/train", "xxx")), "400 invalid_json");
    EXPECT_EQ(Home::refusal(home.post("/v1/models/returns/train", R"({"why":"x"})")),
              "400 unknown_field /why");
    EXPECT_EQ(home.post("/v1/models/returns/train", "{}").status, 202);
}

TEST(Recovering, OnlyWhetherItIsUpIsTold) {
    Home home{kSpecification};
    home.key = at(home.ok(home.post("/v1/keys", R"({"scopes":"admin"})")), "/key");
    home.stop();
    home.key = "vk_wrong";
    auto opened = Service::open(home.folder());
    ASSERT_TRUE(opened.ok());
    for (const Route& route : (*opened)->router().routes()) {
        if (route.pattern.find('{') != std::string_view::npos) continue;
        const Response answer =
            (*opened)->call(route.method, std::string(route.pattern), "{}", "application/json");
        if (route.name == "healthz") {
            EXPECT_EQ(answer.status, 200);
        } else if (route.name == "readyz") {
            EXPECT_EQ(answer.status, 503);
            EXPECT_THAT(answer.headers, HasSubstr("Retry-After: "));
        } else {
            EXPECT_EQ(Home::refusal(answer), "503 recovering") << route.name;
        }
    }
}

TEST(SimulatedTime, NothingIsWrittenBeforeTheClockIsSet) {
    Home home{std::string(kSpecification) + "time: simulated\n"};
    const std::string event = R"({"event":"open","user":"u1","book":"b1"})";
    EXPECT_EQ(Home::refusal(home.post("/v1/events", event)), "400 missing_field");
    EXPECT_EQ(Home::refusal(home.post("/v1/predict/returns", R"({"user":"u1"})")),
              "400 missing_field");
    home.time = "2026-11-24T10:00:00Z";
    home.ok(home.post("/v1/events", event));
    home.time.clear();
    home.ok(home.post("/v1/events", event));  // the clock stands
    EXPECT_EQ(at(home.ok(home.get("/v1/events")), "/items/0/time"), "2026-11-24T10:00:00.000000Z");
    home.restart();
    home.ok(home.post("/v1/events", event));
}

TEST(SimulatedTime, HistorySetsTheClock) {
    Home home{std::string(kSpecification) + "time: simulated\n"};
    home.ok(home.post("/v1/events?history=true",
                      R"({"event":"open","user":"u1","book":"b1","time":"2026-11-24T10:00:00Z"})"));
    home.ok(home.post("/v1/events", R"({"event":"open","user":"u1","book":"b1"})"));
}

}  // namespace
}  // namespace volant::api
