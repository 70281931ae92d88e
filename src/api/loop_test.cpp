// The loop through the routes of a real workspace, in simulated time: what came of an answer, and
// what the next one knows of it.
#include "api/loop_fixture.h"

namespace volant::api {
namespace {

using testing::at;
using testing::fits;
using ::testing::HasSubstr;
using testing::LoopTest;

TEST_F(LoopTest, EveryAnswerFitsItsDeclaredShape) {
    open("u1", "a");
    const std::string ranked = id_of(rank());
    const std::string classified =
        id_of(home.ok(home.post("/v1/predict/returns", R"({"user":"u1"})")));
    home.ok(feedback(classified, R"("outcome":1)"));
    const std::string job = at(home.ok(home.post("/v1/models/shelf/train", "{}")), "/job");
    ASSERT_TRUE(home.service().workspace().jobs().wait(std::stoul(job)).ok());

    struct Called {
        std::string_view route;
        Response response;
    };
    const Called calls[] = {
        {"post_events", home.post("/v1/events", R"({"event":"open","user":"u1","book":"b"})")},
        {"get_events", home.get("/v1/events?user=u1")},
        {"predict", home.post("/v1/predict/shelf", R"({"user":"u1","candidates":["a"]})")},
        {"predict", home.post("/v1/predict/shelf", R"({"user":"u1"})")},
        {"predict", home.post("/v1/predict/returns?dry_run=true", R"({"user":"u1"})")},
        {"predict", home.post("/v1/predict/spends", R"({"user":"u1"})")},
        {"get_prediction", home.get("/v1/predictions/" + ranked)},
        {"get_prediction", home.get("/v1/predictions/" + classified)},
        {"feedback", feedback(ranked, R"("outcome":1,"item":"a")")},
        {"get_features", home.get("/v1/features/user/u1")},
        {"get_features", home.get("/v1/features/user/nobody?at=2026-11-24T10:00:00Z")},
        {"list_models", home.get("/v1/models")},
        {"get_model", home.get("/v1/models/shelf")},
        {"list_versions", home.get("/v1/models/shelf/versions")},
        {"get_version", home.get("/v1/models/shelf/versions/0")},
        {"list_jobs", home.get("/v1/jobs")},
        {"get_job", home.get("/v1/jobs/" + job)},
        {"list_decisions", home.get("/v1/decisions")},
        {"status", home.get("/v1/status")},
        {"healthz", home.get("/healthz")},
        {"readyz", home.get("/readyz")},
        {"list_keys", home.get("/v1/keys")},
        {"create_key", home.post("/v1/keys", R"({"scopes":"admin"})")},
    };
    for (const Called& called : calls) {
        const Route* route = nullptr;
        for (const Route& row : home.service().router().routes()) {
            if (row.name == called.route) route = &row;
        }
        ASSERT_NE(route, nullptr) << called.route;
        EXPECT_EQ(called.response.status, route->status) << called.response.body;
        json::Document document;
        auto root = document.parse(called.response.body);
        ASSERT_TRUE(root.ok()) << called.response.body;
        Status fit;
        if (route->answers == Many::kPage) {
            fit = root->object([&](std::string_view key, json::Item item) -> Status {
                if (key == "next") return {};
                EXPECT_EQ(key, "items");
                return item.array([&](std::size_t, json::Item element) -> Status {
                    return fits(element, *route->answer);
                });
            });
        } else {
            fit = fits(*root, *route->answer);
        }
        EXPECT_TRUE(fit.ok()) << called.route << ": " << fit.error().field << ": "
                              << fit.error().message << "\n"
                              << called.response.body;
    }
}

TEST_F(LoopTest, FeedbackStates) {
    const std::string one = id_of(home.ok(home.post("/v1/predict/returns", R"({"user":"u1"})")));
    EXPECT_EQ(at(home.ok(feedback(one, R"("outcome":true,"id":"f-1")")), "/state"), "closed");
    EXPECT_EQ(at(home.ok(feedback(one, R"("outcome":false,"id":"f-1")")), "/state"), "duplicate");
    EXPECT_EQ(at(outcome(one), "/value"), "1.0");
    const std::string ranked = id_of(rank());
    EXPECT_EQ(at(home.ok(feedback(ranked, R"("outcome":"true","item":"b")")), "/state"), "open");
    clock("10:30:00");  // the window has closed: its end is not part of it
    EXPECT_EQ(at(home.ok(feedback(ranked, R"("outcome":1,"item":"a")")), "/state"), "late");
    EXPECT_EQ(at(outcome(ranked), "/state"), "closed");
    EXPECT_EQ(at(outcome(ranked), "/value/a") + at(outcome(ranked), "/value/b"), "0.01.0");
    EXPECT_EQ(count("feedback/late"), "1");
}

TEST_F(LoopTest, TheNextAnswerKnowsTheFeedback) {
    const auto score = [&] {
        return std::stod(at(
            home.ok(home.post("/v1/predict/returns?dry_run=true", R"({"user":"u1"})")), "/score"));
    };
    const double before = score();
    const std::string one = id_of(home.ok(home.post("/v1/predict/returns", R"({"user":"u1"})")));
    home.ok(feedback(one, R"("outcome":1)"));
    EXPECT_GT(score(), before);

    const std::string ranked = rank();
    EXPECT_EQ(at(ranked, "/ranking/0/item"), "a");
    home.ok(feedback(id_of(ranked), R"("outcome":1,"item":"b")"));
    clock("10:30:00");
    EXPECT_EQ(at(rank(), "/ranking/0/item"), "b");
}

TEST_F(LoopTest, WhatIsOpenedElsewhereIsPopularBeforeAnythingWasShown) {
    open("u1", "a");
    for (const char* user : {"u2", "u3", "u4"}) open(user, "b");
    EXPECT_EQ(at(rank(), "/ranking/0/item"), "b");
    home.restart();
    EXPECT_EQ(at(rank(), "/ranking/0/item"), "b");
}

TEST_F(LoopTest, ALaterShowingTakesTheCreditAlsoOfAClosedAnswer) {
    const std::string first = id_of(rank());
    clock("10:01:00");
    const std::string second = id_of(rank());
    clock("10:02:00");
    open("u1", "b");
    for (const char* time : {"10:03:00", "11:00:00"}) {  // open, then closed
        clock(time);
        open("u2", "a");  // time passes
        EXPECT_NE(at(outcome(first), "/value/b"), "1.0") << time;
        EXPECT_EQ(at(outcome(second), "/value/b"), "1.0") << time;
    }
    EXPECT_EQ(at(outcome(first), "/state"), "closed");
}

TEST_F(LoopTest, AfterIdentifyThePersonsEventIsTheOutcomeOfWhatTheCookieWasShown) {
    const auto rank_for = [&](const std::string& user) {
        return id_of(home.ok(home.post("/v1/predict/shelf",
                                       R"({"user":")" + user + R"(","candidates":["a","b"]})")));
    };
    const auto identify = [&](const std::string& user, const std::string& anonymous) {
        home.ok(home.post("/v1/events", R"({"event":"$identify","user":")" + user +
                                            R"(","properties":{"anonymous":")" + anonymous +
                                            "\"}}"));
    };
    identify("u1", "phone");  // before the answers
    const std::string cookie = rank_for("cookie");
    const std::string phone = rank_for("phone");
    clock("10:01:00");
    identify("u1", "cookie");
    const std::string tablet = rank_for("tablet");
    clock("10:02:00");
    open("u1", "b");  // phone has the last showing
    clock("10:03:00");
    identify("u1", "tablet");
    open("u1", "a");                                     // tablet has
    for (const char* time : {"10:04:00", "11:00:00"}) {  // open, then closed
        clock(time);
        open("u2", "a");
        EXPECT_THAT(outcome(cookie), Not(HasSubstr("1.0"))) << time;
        EXPECT_EQ(at(outcome(phone), "/value/b"), "1.0") << time;
        EXPECT_NE(at(outcome(phone), "/value/a"), "1.0") << time;
        EXPECT_EQ(at(outcome(tablet), "/value/a"), "1.0") << time;
    }
    EXPECT_EQ(at(outcome(cookie), "/state"), "closed");
}

TEST_F(LoopTest, FeaturesAreReadAsTheyWere) {
    open("u1", "a");
    clock("11:00:00");
    open("u1", "b");
    const auto opens = [&](const std::string& time) {
        return at(home.ok(home.get("/v1/features/user/u1" +
                                   (time.empty() ? "" : "?at=2026-11-24T" + time + "Z"))),
                  "/features/user.opens");
    };
    EXPECT_EQ(opens("10:30:00"), "1");
    EXPECT_EQ(opens("11:00:00"), "2");
    EXPECT_EQ(opens(""), "2");
    EXPECT_EQ(at(home.ok(home.get("/v1/features/user/u1?at=2026-11-24T09:00:00Z")), "/known"),
              "false");
}

TEST_F(LoopTest, TheRowOfAnAnswerIsTheRowThatItSaw) {
    open("u1", "a");
    const std::string ranked = id_of(rank());
    open("u1", "a");
    const std::string record = home.ok(home.get("/v1/predictions/" + ranked));
    EXPECT_THAT(record, HasSubstr("\"user.opens\":1"));
    EXPECT_THAT(record, Not(HasSubstr("\"user.opens\":2")));
}

}  // namespace
}  // namespace volant::api
