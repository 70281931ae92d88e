#include "cli/simulation/wheel_figures.h"

#include <gtest/gtest.h>

namespace volant::cli::simulation {
namespace {

JsonTree json(std::string_view text) {
    auto tree = parse_json(text);
    EXPECT_TRUE(tree.ok()) << text;
    return *tree;
}

TEST(ReadWheel, PicksWhatTheServerSays) {
    const JsonTree status =
        json(R"({"stages":{"collect":{"events":34803},"deploy":{"predictions":11470},
        "feedback":{"open":544,"closed":10926,"joined":10124,"given":1976},"optimize":{"updates":26930}},
        "jobs":[{"job":"3","state":"running","model":"open_book","done":250,"total":1000}]})");
    const JsonTree model =
        json(R"({"model":"open_book","live":1,"candidate":2,"gate":{"outcomes":320.0,"wanted":5000},
        "versions":[
          {"version":2,"state":"candidate","metrics":[{"name":"log_loss","value":0.29,"baseline":0.3}]},
          {"version":1,"state":"live","metrics":[{"name":"auc","value":0.7}]}]})");
    const JsonTree decisions = json(R"({"items":[
        {"decision":"promote","version":1,"why":"better","time":"2026-03-02T23:42:17.529689Z",
         "numbers":{"loss_difference":-0.012,"loss_difference_low":-0.018,"loss_difference_high":-0.006}},
        {"decision":"retrain","version":0,"why":"enough","time":"2026-03-02T15:16:55.889599Z","numbers":{"outcomes":1}}]})");
    const WheelFigures wheel = read_wheel(status, model, decisions);
    EXPECT_EQ(wheel.events, 34803);
    EXPECT_EQ(wheel.predictions, 11470);
    EXPECT_EQ(wheel.open, 544);
    EXPECT_EQ(wheel.joined, 10124);
    EXPECT_EQ(wheel.given, 1976);
    EXPECT_EQ(wheel.updates, 26930);
    EXPECT_EQ(wheel.live_version, 1);
    EXPECT_EQ(wheel.candidate, 2);
    EXPECT_EQ(wheel.gate_outcomes, 320);
    EXPECT_TRUE(wheel.training);
    EXPECT_EQ(wheel.training_progress, 0.25);
    ASSERT_EQ(wheel.versions.size(), 2u);
    EXPECT_EQ(wheel.versions[0].version, 1);
    EXPECT_FALSE(wheel.versions[0].has_loss);
    EXPECT_EQ(wheel.versions[1].baseline_loss, 0.3);
    ASSERT_EQ(wheel.decisions.size(), 2u);
    EXPECT_EQ(wheel.decisions[0].kind, "promote");
    EXPECT_EQ(wheel.decisions[0].numbers, "loss_difference -0.0120 [-0.0180, -0.0060]");
    EXPECT_EQ(wheel.decisions[1].numbers, "");
}

TEST(ReadWheel, ShowsNothingWhereTheServerSaysNothing) {
    const WheelFigures wheel = read_wheel({}, {}, {});
    EXPECT_EQ(wheel.events, 0);
    EXPECT_TRUE(wheel.versions.empty());
    EXPECT_FALSE(wheel.training);
}

}  // namespace
}  // namespace volant::cli::simulation
