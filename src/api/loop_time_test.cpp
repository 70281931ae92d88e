// The loop through time: the clock of simulated workspaces, a restart, another specification.
#include <fmt/format.h>

#include "api/loop_fixture.h"

namespace volant::api {
namespace {

using testing::at;
using ::testing::HasSubstr;
using testing::Home;
using testing::kLoopSpecification;
using testing::LoopTest;

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
    std::string changed(kLoopSpecification);
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
    std::string specification(kLoopSpecification);
    specification.erase(specification.find("time: simulated\n"), 16);
    Home home(specification);
    home.time = "2026-11-24T10:00:00Z";
    EXPECT_EQ(home.get("/v1/status").status, 400);
    home.time.clear();
    EXPECT_EQ(home.get("/v1/status").status, 200);
}

}  // namespace
}  // namespace volant::api
