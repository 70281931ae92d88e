// What the routes say of records that log.retention has dropped.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/testing.h"

namespace volant::api {
namespace {

using testing::at;
using testing::Home;

constexpr std::string_view kSpecification = R"(name: shop
time: simulated
subject: user
entities: { user: {} }
events: { visit: { user: id } }
features:
  user.visits: { count: visit, by: user }
models:
  returns:
    decide: { classify: user }
    outcome: { within: 1h, otherwise: 0 }
    features: [user.*]
  stays:
    decide: { classify: user }
    outcome: { within: 30d, otherwise: 0 }
    features: [user.*]
server: { event_max: 128KiB }
log: { segment_bytes: 1MiB, retention: 1h }
)";

class RetentionTest : public ::testing::Test {
  protected:
    // A day with records that fill segments, and a snapshot at its end.
    void live_through(int day) {
        home.time = fmt::format("2026-11-{:02}T10:00:00Z", day);
        const std::string note(100'000, 'x');
        for (int i = 0; i < 25; ++i) {
            home.ok(home.post(
                "/v1/events",
                R"({"event":"visit","user":"u2","properties":{"note":")" + note + "\"}}"));
        }
        home.restart();
    }
    Response ask(std::string_view id, std::string_view query = {}) {
        return home.post(fmt::format("/v1/predict/returns{}", query),
                         fmt::format(R"({{"user":"u1","id":"{}"}})", id));
    }
    bool is_dropped(const std::string& lsn) {
        return std::stoull(lsn) < home.service().workspace().log().stat().first_lsn;
    }
    std::string predictions() {
        return at(home.ok(home.get("/v1/status")), "/stages/deploy/predictions");
    }

    Home home{kSpecification};
};

TEST_F(RetentionTest, AKnownIdWhoseAnswerIsGoneIsAConflictAndNotAskedAgain) {
    home.time = "2026-11-01T10:00:00Z";
    const std::string first = home.ok(ask("p-1"));
    live_through(2);
    EXPECT_EQ(home.ok(ask("p-1")), first);
    for (int day = 3; day < 8; ++day) live_through(day);
    ASSERT_TRUE(is_dropped(at(first, "/lsn")));

    const std::string before = predictions();
    EXPECT_EQ(Home::refusal(ask("p-1")), "409 conflict /id");
    EXPECT_THAT(ask("p-1").body, ::testing::HasSubstr("log.retention"));
    EXPECT_EQ(Home::refusal(ask("p-1", "?atomic=true")), "409 conflict /id");
    EXPECT_EQ(predictions(), before);
    EXPECT_EQ(ask("p-1", "?dry_run=true").status, 200) << "a dry run has no id to repeat";
}

TEST_F(RetentionTest, AmongManyTheOneThatIsGoneSpoilsNoneUnlessAllOrNothing) {
    home.time = "2026-11-01T10:00:00Z";
    const std::string first = home.ok(ask("p-1"));
    for (int day = 2; day < 8; ++day) live_through(day);
    ASSERT_TRUE(is_dropped(at(first, "/lsn")));

    const std::string both = R"([{"user":"u1","id":"p-2"},{"user":"u1","id":"p-1"}])";
    EXPECT_EQ(home.post("/v1/predict/returns?atomic=true", both).status, 400);
    const std::string answers = home.ok(home.post("/v1/predict/returns", both));
    EXPECT_EQ(at(answers, "/0/version"), "0");
    EXPECT_EQ(at(answers, "/1/error/code"), "conflict");
    EXPECT_EQ(at(answers, "/1/error/field"), "/1/id");
}

// An open answer is known without the log.
TEST_F(RetentionTest, AnOpenAnswerTakesItsFeedbackWhenTheLogHasDroppedIt) {
    home.time = "2026-11-01T10:00:00Z";
    const std::string first = home.ok(home.post("/v1/predict/stays", R"({"user":"u1"})"));
    for (int day = 2; day < 8; ++day) live_through(day);
    ASSERT_TRUE(is_dropped(at(first, "/lsn")));
    const std::string say =
        R"({"prediction_id":")" + at(first, "/prediction_id") + R"(","outcome":)";
    EXPECT_EQ(Home::refusal(home.post("/v1/feedback", say + "7}")), "400 out_of_range /outcome");
    EXPECT_EQ(at(home.ok(home.post("/v1/feedback", say + "1}")), "/state"), "closed");
    EXPECT_EQ(Home::refusal(home.post("/v1/feedback", say + "1}")), "404 not_found /prediction_id");
}

}  // namespace
}  // namespace volant::api
