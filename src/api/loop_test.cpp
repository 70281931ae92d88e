// The loop through the routes of a real workspace, in simulated time: events, predictions,
// feedback, training, and all of it again after a restart.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing.h"

namespace volant::api {
namespace {

using testing::at;
using testing::fits;
using ::testing::HasSubstr;
using testing::Home;

constexpr std::string_view kSpecification = R"(name: shop
time: simulated
subject: user
entities:
  user: {}
  book: { title: text, category: category }
events:
  open: { user: id, book: id }
  rate: { user: id, book: id, stars: double }
features:
  user.opens: { count: open, by: user }
  book.opens: { count: open, by: book }
models:
  shelf:
    decide: { rank: book }
    inputs: { device: string }
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*, book.*]
  returns:
    decide: { classify: user }
    outcome: { within: 1h, otherwise: 0 }
    features: [user.*]
  spends:
    decide: { regress: user }
    outcome: { event: rate.stars, within: 1h, otherwise: 0, aggregate: sum }
    features: [user.*]
log: { segment_bytes: 8MiB }
)";

class LoopTest : public ::testing::Test {
  protected:
    LoopTest() { clock("10:00:00"); }

    void clock(const std::string& time_of_day) { home.time = "2026-11-24T" + time_of_day + "Z"; }
    std::string open(const std::string& user, const std::string& book, const std::string& id = {}) {
        return home.ok(
            home.post("/v1/events", R"({"event":"open","user":")" + user + R"(","book":")" + book +
                                        "\"" + (id.empty() ? "" : R"(,"id":")" + id + "\"") + "}"));
    }
    std::string rank(const std::string& more = {}) {
        return home.ok(
            home.post("/v1/predict/shelf", R"({"user":"u1","candidates":["a","b"])" + more + "}"));
    }
    Response feedback(const std::string& prediction, const std::string& rest) {
        return home.post("/v1/feedback",
                         R"({"prediction_id":")" + prediction + R"(",)" + rest + "}");
    }
    std::string count(const std::string& pointer) {
        return at(home.ok(home.get("/v1/status")), "/stages/" + pointer);
    }
    static std::string id_of(const std::string& answer) { return at(answer, "/prediction_id"); }
    std::string outcome(const std::string& prediction) {
        return at(home.ok(home.get("/v1/predictions/" + prediction)), "/outcome");
    }

    Home home{kSpecification};
};

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

TEST_F(LoopTest, TheSamePredictionIdGetsTheFirstAnswer) {
    const std::string first = rank(R"(,"id":"p-1")");
    open("u1", "b");
    clock("10:05:00");
    EXPECT_EQ(rank(R"(,"id":"p-1","k":1)"), first);
    EXPECT_EQ(home.ok(home.post("/v1/predict/spends", R"({"user":"u2","id":"p-1"})")), first);
    EXPECT_EQ(count("deploy/predictions"), "1");
    home.restart();
    EXPECT_EQ(rank(R"(,"id":"p-1")"), first);
    EXPECT_NE(rank(R"(,"id":"p-2")"), first);
}

TEST_F(LoopTest, ADryRunLeavesNoTrace) {
    const std::string before = at(home.ok(home.get("/v1/status")), "/lsn");
    const std::string answer = home.ok(home.post(
        "/v1/predict/shelf?dry_run=true", R"({"user":"u1","candidates":["a","b"],"id":"p-1"})"));
    EXPECT_EQ(at(answer, "/prediction_id"), "");
    EXPECT_EQ(at(answer, "/ranking/0/item"), "a");
    EXPECT_EQ(at(home.ok(home.get("/v1/status")), "/lsn"), before);
    EXPECT_NE(id_of(rank(R"(,"id":"p-1")")), "");
}

TEST_F(LoopTest, OneBadElementSpoilsNothingUnlessAtomicIsAskedFor) {
    const std::string events =
        R"([{"event":"open","user":"u1","book":"a"},{"event":"open","nonsense":1},)"
        R"({"event":"open","user":"u1","book":"b"}])";
    Response response = home.post("/v1/events?atomic=true", events);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(at(response.body, "/results/0/index"), "1");
    EXPECT_EQ(at(response.body, "/results/0/error/field"), "/1/nonsense");
    EXPECT_EQ(count("collect/events"), "0");
    const std::string some = home.ok(home.post("/v1/events", events));
    EXPECT_EQ(at(some, "/accepted") + at(some, "/rejected"), "21");

    const std::string questions =
        R"([{"user":"u1"},{"user":"u1","k":0},{"user":"u1","candidates":["a"]}])";
    response = home.post("/v1/predict/shelf?atomic=true", questions);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(at(response.body, "/1/error/code"), "out_of_range");
    EXPECT_EQ(at(response.body, "/2/error/code"), "conflict");
    EXPECT_EQ(count("deploy/predictions"), "0");
    const std::string answers = home.ok(home.post("/v1/predict/shelf", questions));
    EXPECT_EQ(at(answers, "/1/error/field"), "/1/k");
    EXPECT_EQ(at(answers, "/2/ranking/0/item"), "a");
    EXPECT_EQ(count("deploy/predictions"), "2");

    const std::string outcomes = R"([{"prediction_id":")" + at(answers, "/2/prediction_id") +
                                 R"(","outcome":1,"item":"a"},{"prediction_id":"x","outcome":1}])";
    response = home.post("/v1/feedback?atomic=true", outcomes);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(count("feedback/feedbacks"), "0");
    const std::string states = home.ok(home.post("/v1/feedback", outcomes));
    EXPECT_EQ(at(states, "/0/state"), "open");
    EXPECT_EQ(at(states, "/1/error/code"), "not_found");
    EXPECT_EQ(count("feedback/feedbacks"), "1");
}

TEST_F(LoopTest, LinesInLinesOut) {
    const Response response =
        home.call(Method::kPost, "/v1/predict/returns",
                  "{\"user\":\"u1\"}\n{\"user\":\n{\"user\":\"u2\"}\n", "application/x-ndjson");
    ASSERT_EQ(response.status, 200);
    std::istringstream lines(response.body);
    std::string line[3], more;
    for (std::string& l : line) std::getline(lines, l);
    EXPECT_FALSE(std::getline(lines, more));
    EXPECT_EQ(at(line[0], "/model"), "returns");
    EXPECT_EQ(at(line[1], "/error/code"), "invalid_json");
    EXPECT_EQ(at(line[2], "/model"), "returns");
}

TEST_F(LoopTest, APlaceThatTheLogNeverGaveIsRefused) {
    const std::string lsn = at(open("u1", "a"), "/lsn");
    EXPECT_NE(rank(R"(,"min_lsn":")" + lsn + "\""), "");
    EXPECT_EQ(Home::refusal(home.post("/v1/predict/shelf", R"({"user":"u1","min_lsn":"999999"})")),
              "400 out_of_range /min_lsn");
    EXPECT_EQ(Home::refusal(home.post("/v1/predict/shelf", R"({"user":"u1","min_lsn":"x"})")),
              "400 out_of_range /min_lsn");
}

TEST_F(LoopTest, FeedbackThatCannotBeIsRefusedAndNotLogged) {
    const std::string ranked = id_of(rank());
    const std::string sum = id_of(home.ok(home.post("/v1/predict/spends", R"({"user":"u1"})")));
    std::string forged = ranked;
    forged[3] = forged[3] == 'A' ? 'B' : 'A';
    EXPECT_EQ(Home::refusal(feedback(forged, R"("outcome":1,"item":"a")")),
              "404 not_found /prediction_id");
    EXPECT_EQ(Home::refusal(feedback(ranked, R"("outcome":1)")), "400 missing_field /item");
    EXPECT_EQ(Home::refusal(feedback(ranked, R"("outcome":1,"item":"z")")),
              "400 out_of_range /item");
    EXPECT_EQ(Home::refusal(feedback(ranked, R"("outcome":7,"item":"a")")),
              "400 out_of_range /outcome");
    EXPECT_EQ(
        Home::refusal(feedback(ranked, R"("outcome":1,"item":"a","time":"2026-11-24T09:59:59Z")")),
        "400 time_out_of_range /time");
    EXPECT_EQ(Home::refusal(feedback(sum, R"("outcome":1)")), "400 missing_field /id");
    EXPECT_EQ(Home::refusal(feedback(sum, R"("outcome":1,"id":"f","item":"a")")),
              "400 unknown_field /item");
    EXPECT_EQ(count("feedback/feedbacks"), "0");
}

TEST_F(LoopTest, FeedbackStates) {
    const std::string one = id_of(home.ok(home.post("/v1/predict/returns", R"({"user":"u1"})")));
    EXPECT_EQ(at(home.ok(feedback(one, R"("outcome":true,"id":"f-1")")), "/state"), "closed");
    EXPECT_EQ(at(home.ok(feedback(one, R"("outcome":false,"id":"f-1")")), "/state"), "duplicate");
    EXPECT_EQ(at(outcome(one), "/value"), "1.0");
    const std::string ranked = id_of(rank());
    EXPECT_EQ(at(home.ok(feedback(ranked, R"("outcome":"1","item":"b")")), "/state"), "open");
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

TEST_F(LoopTest, PagesOfEventsStayWhileEventsCome) {
    for (int i = 0; i < 25; ++i) open("u1", "a", "e" + std::to_string(i));
    std::vector<std::string> seen;
    std::string cursor;
    do {
        const std::string page = home.ok(home.get("/v1/events?limit=4&event=open" +
                                                  (cursor.empty() ? "" : "&cursor=" + cursor)));
        for (int i = 0; i < 4; ++i) {
            const std::string id = at(page, "/items/" + std::to_string(i) + "/id");
            if (!id.empty()) seen.push_back(id);
        }
        cursor = at(page, "/next");
        open("u1", "a", "new" + std::to_string(seen.size()));
    } while (cursor != "null");
    ASSERT_EQ(seen.size(), 25u);
    for (int i = 0; i < 25; ++i)
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], "e" + std::to_string(24 - i));
    EXPECT_EQ(Home::refusal(home.get("/v1/events?cursor=x")), "400 out_of_range /cursor");
    EXPECT_EQ(home.get("/v1/events?limit=1001").status, 400);
}

TEST_F(LoopTest, TimeOnlyMovesForward) {
    open("u1", "a");
    clock("09:59:59");
    EXPECT_EQ(Home::refusal(home.post("/v1/events", R"({"event":"open","user":"u1","book":"a"})"))
                  .substr(0, 21),
              "400 time_out_of_range");
    home.time = "yesterday";
    EXPECT_EQ(home.get("/v1/status").status, 400);
    clock("10:00:00");
    EXPECT_EQ(count("collect/events"), "1");
}

TEST_F(LoopTest, EveryReadMovesTheClockAndNoneGoesBack) {
    open("u1", "a");
    const std::string ranked = id_of(rank());
    const std::string job = at(home.ok(home.post("/v1/models/shelf/train", "{}")), "/job");
    ASSERT_TRUE(home.service().workspace().jobs().wait(std::stoul(job)).ok());
    int minute = 0;
    for (const std::string target :
         {"/v1/events?user=u1", "/v1/features/user/u1", "/v1/features/user/u1?at=2026-11-24T10:00Z",
          "/v1/predictions/ID", "/v1/models", "/v1/models/shelf", "/v1/models/shelf/versions",
          "/v1/models/shelf/versions/0", "/v1/jobs", "/v1/jobs/1", "/v1/jobs/1/stream",
          "/v1/decisions", "/v1/status", "/v1/keys"}) {
        const std::string path =
            target == "/v1/predictions/ID" ? "/v1/predictions/" + ranked : target;
        clock(fmt::format("10:{:02}:00", ++minute));
        EXPECT_EQ(home.get(path).status, 200) << target;
        clock(fmt::format("10:{:02}:30", minute - 1));
        EXPECT_EQ(Home::refusal(home.get(path)).substr(0, 21), "400 time_out_of_range") << target;
        home.time.clear();  // as late as it was asked for
        EXPECT_EQ(at(rank(), "/time"), fmt::format("2026-11-24T10:{:02}:00.000000Z", minute))
            << target;
    }
    clock("10:30:00");  // the ranking's window is over
    EXPECT_EQ(at(outcome(ranked), "/state"), "closed");
}

TEST_F(LoopTest, WithoutKeysOnlyThisMachineAndThenOnlyKeys) {
    auto elsewhere = home.peer;
    elsewhere[12] = 192;
    std::swap(home.peer, elsewhere);
    EXPECT_EQ(Home::refusal(home.get("/v1/status")), "401 unauthenticated");
    EXPECT_EQ(home.get("/healthz").status, 200);
    std::swap(home.peer, elsewhere);
    const std::string admin =
        at(home.ok(home.post("/v1/keys", R"({"scopes":"admin,read"})")), "/key");
    EXPECT_EQ(Home::refusal(home.get("/v1/status")), "401 unauthenticated");
    home.key = admin;
    const std::string made = home.ok(home.post("/v1/keys", R"({"scopes":"ingest"})"));
    home.key = at(made, "/key");
    open("u1", "a");
    EXPECT_EQ(Home::refusal(home.get("/v1/status")), "403 forbidden");
    EXPECT_EQ(Home::refusal(home.post("/v1/predict/returns", R"({"user":"u1"})")), "403 forbidden");
    home.key = admin;
    home.ok(home.call(Method::kDelete, "/v1/keys/" + at(made, "/id")));
    EXPECT_THAT(home.ok(home.get("/v1/keys")), Not(HasSubstr(admin)));
    home.restart();
    home.key = at(made, "/key");
    EXPECT_EQ(home.post("/v1/events", R"({"event":"open","user":"u1","book":"a"})").status, 401);
}

TEST_F(LoopTest, ARestartKeepsEverythingWithAndWithoutSnapshots) {
    open("u1", "a", "e-1");
    const std::string ranked = id_of(rank());
    const std::string one = id_of(home.ok(home.post("/v1/predict/returns", R"({"user":"u1"})")));
    home.ok(feedback(one, R"("outcome":1,"id":"f-1")"));
    open("u1", "b");
    const auto everything = [&] {
        return home.ok(home.get("/v1/predictions/" + ranked)) +
               home.ok(home.get("/v1/predictions/" + one)) +
               home.ok(home.get("/v1/features/user/u1")) + home.ok(home.get("/v1/events")) +
               home.ok(home.get("/v1/models")) +
               home.ok(home.post("/v1/predict/shelf?dry_run=true",
                                 R"({"user":"u1","candidates":["a","b"]})"));
    };
    const std::string before = everything();
    home.restart();
    EXPECT_EQ(everything(), before);
    home.stop();
    std::filesystem::remove_all(home.folder() + "/data/snapshots");
    home.start();
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(at(open("u1", "a", "e-1"), "/status"), "duplicate");
    EXPECT_EQ(at(home.ok(feedback(one, R"("outcome":1,"id":"f-1")")), "/state"), "duplicate");
}

TEST_F(LoopTest, ANewFeatureHasItsHistoryAndOldAnswersKeepTheirRows) {
    open("u1", "a");
    open("u1", "b");
    const std::string ranked = id_of(rank());
    const std::string before = at(home.ok(home.get("/v1/predictions/" + ranked)), "/features");
    home.stop();
    std::string changed(kSpecification);
    const std::string old = "  user.opens: { count: open, by: user }\n";
    changed.replace(changed.find(old), old.size(),
                    "  user.kinds: { distinct: open.book, by: user }\n" + old);
    home.write(changed);
    home.start();
    const std::string row = home.ok(home.get("/v1/features/user/u1"));
    EXPECT_EQ(at(row, "/features/user.kinds") + at(row, "/features/user.opens"), "22");
    EXPECT_EQ(at(home.ok(home.get("/v1/predictions/" + ranked)), "/features"), before);
    EXPECT_THAT(at(home.ok(home.get("/v1/predictions/" + id_of(rank()))), "/features"),
                HasSubstr("user.kinds"));
    home.ok(feedback(ranked, R"("outcome":1,"item":"a")"));
}

TEST(SystemTime, DoesNotTakeItsClockFromRequests) {
    std::string specification(kSpecification);
    specification.erase(specification.find("time: simulated\n"), 16);
    Home home(specification);
    home.time = "2026-11-24T10:00:00Z";
    EXPECT_EQ(home.get("/v1/status").status, 400);
    home.time.clear();
    EXPECT_EQ(home.get("/v1/status").status, 200);
}

}  // namespace
}  // namespace volant::api
