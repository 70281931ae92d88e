// Requests of the loop as clients make them: again, many at once, for the sake of trying, wrongly,
// page by page, and without a key.
#include "api/loop_fixture.h"

namespace volant::api {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::Home;
using testing::LoopTest;

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

// What turns out only when the first elements could have been logged already.
TEST_F(LoopTest, AtomicTakesNothingOfWhatIsRefusedLate) {
    const std::string lsn = at(home.ok(home.get("/v1/status")), "/lsn");
    Response response = home.post("/v1/predict/returns?atomic=true",
                                  R"([{"user":"u1"},{"user":"u2","min_lsn":"99999"}])");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(at(response.body, "/0/error/code"), "conflict");
    EXPECT_EQ(at(response.body, "/1/error/field"), "/1/min_lsn");
    EXPECT_EQ(at(home.ok(home.get("/v1/status")), "/lsn"), lsn);

    const std::string id = id_of(home.ok(home.post("/v1/predict/returns", R"({"user":"u1"})")));
    const std::string good = R"({"prediction_id":")" + id + R"(","outcome":1)";
    response = home.post("/v1/feedback?atomic=true",
                         "[" + good + "}," + good + R"(,"time":"2027-01-01T00:00:00Z"}])");
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(at(response.body, "/0/error/code"), "conflict");
    EXPECT_EQ(at(response.body, "/1/error/field"), "/1/time");
    EXPECT_EQ(count("feedback/feedbacks"), "0");
}

// An input stands in each row of its answer: 500 KiB of it come to more than a record may have.
TEST_F(LoopTest, AnAnswerThatTheLogCannotTakeIsRefused) {
    const std::string device(500'000, 'x');
    std::string candidates = R"("c0")";
    for (int i = 1; i < 20; ++i) candidates += R"(,"c)" + std::to_string(i) + '"';
    const std::string large = R"({"user":"u1","k":20,"input":{"device":")" + device +
                              R"("},"candidates":[)" + candidates + "]}";
    Response response = home.post("/v1/predict/shelf", large);
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(at(response.body, "/error/code"), "too_large");
    EXPECT_EQ(count("deploy/predictions"), "0");

    const std::string some =
        R"([{"user":"u1","candidates":["a"]},)" + large + R"(,{"user":"u2","candidates":["b"]}])";
    const std::string answers = home.ok(home.post("/v1/predict/shelf", some));
    EXPECT_EQ(at(answers, "/0/ranking/0/item"), "a");
    EXPECT_EQ(at(answers, "/1/error/code"), "too_large");
    EXPECT_EQ(at(answers, "/2/ranking/0/item"), "b");
    EXPECT_EQ(count("deploy/predictions"), "2");
}

// More together than a segment holds, each of them small enough.
TEST_F(LoopTest, ManyLargeAnswersOfOneRequestAreAllKept) {
    const std::string device(300'000, 'x');
    std::string questions;
    for (int i = 0; i < 40; ++i)
        questions += (i > 0 ? "," : "[") +
                     std::string(R"({"user":"u1","k":2,"input":{"device":")") + device +
                     R"("},"candidates":["a","b"]})";
    const std::string answers = home.ok(home.post("/v1/predict/shelf", questions + "]"));
    EXPECT_EQ(count("deploy/predictions"), "40");
    home.restart();
    EXPECT_EQ(count("deploy/predictions"), "40");
    EXPECT_EQ(outcome(at(answers, "/39/prediction_id")).empty(), false);
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
    const std::string absurd = feedback(sum, R"("outcome":1e200,"id":"f")").body;
    EXPECT_EQ(at(absurd, "/error/code") + at(absurd, "/error/field"), "out_of_range/outcome");
    EXPECT_EQ(at(absurd, "/error/message"), "found 1e+200, expected a number from -1e+15 to 1e+15");
    EXPECT_EQ(Home::refusal(feedback(sum, R"("outcome":1,"id":"f","item":"a")")),
              "400 unknown_field /item");
    EXPECT_EQ(count("feedback/feedbacks"), "0");
}

// What is not open any more is read from the log, beside what is.
TEST_F(LoopTest, FeedbackOnManyIsAnsweredInOrderWhateverIsStillOpen) {
    const std::string closed = id_of(rank());
    clock("10:40:00");
    const std::string open = id_of(rank());
    const auto say = [](const std::string& prediction, const std::string& rest) {
        return R"({"prediction_id":")" + prediction + R"(",)" + rest + "}";
    };
    const std::string body =
        "[" + say(closed, R"("outcome":1,"item":"a")") + "," +
        say(open, R"("outcome":1,"item":"b")") + "," + say("x", R"("outcome":1)") + "," +
        say(closed, R"("outcome":1,"item":"z")") + "," + say(open, R"("outcome":1)") + "," +
        say(open, R"("outcome":1,"item":"a","time":"2026-11-24T10:55:00Z")") + "]";
    EXPECT_EQ(home.post("/v1/feedback?atomic=true", body).status, 400);
    EXPECT_EQ(count("feedback/feedbacks"), "0");
    for (const bool restarted : {false, true}) {
        if (restarted) home.restart();
        const std::string answers = home.ok(home.post("/v1/feedback", body));
        EXPECT_EQ(at(answers, "/0/state"), "late");
        EXPECT_EQ(at(answers, "/1/state"), "open");
        EXPECT_EQ(at(answers, "/2/error/code"), "not_found");
        EXPECT_EQ(at(answers, "/3/error/field"), "/3/item");
        EXPECT_EQ(at(answers, "/3/error/code"), "out_of_range");
        EXPECT_EQ(at(answers, "/4/error/field"), "/4/item");
        EXPECT_EQ(at(answers, "/4/error/code"), "missing_field");
        EXPECT_EQ(at(answers, "/5/error/field"), "/5/time");
        EXPECT_EQ(at(answers, "/5/error/code"), "time_out_of_range");
    }
    EXPECT_EQ(count("feedback/feedbacks"), "4");
    EXPECT_EQ(count("feedback/late"), "2");
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

}  // namespace
}  // namespace volant::api
