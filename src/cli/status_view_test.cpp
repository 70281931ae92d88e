#include "cli/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/output.h"

namespace volant::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

JsonTree tree(std::string_view json) {
    auto read = parse_json(json);
    EXPECT_TRUE(read.ok());
    return read.ok() ? std::move(*read) : JsonTree{};
}

Terminal plain() {
    return {};
}

TEST(StatusView, ShowsEachStageAndWhatServes) {
    const auto lines = status_lines(tree(R"({"name":"shop","time":"2026-11-24T10:00:00.000000Z",
        "stages":{"collect":{"events":1234,"entities":{"user":7}},
                  "feedback":{"open":2,"closed":3,"joined":4,"given":1,"late":0}},
        "models":[{"model":"pick","decide":"rank","live":2,"gate":null,
                   "outcomes":{"answers":10,"open":2,"mature":0.5},
                   "arms":[{"arm":"learned","impressions":20,"outcome_mean":0.25,
                            "low":0.2,"high":0.3},
                           {"arm":"random","impressions":0}]}],
        "jobs":[],"decisions":[]})"),
                                    "no server runs", plain());
    EXPECT_THAT(lines, Contains(HasSubstr("1,234 events, 7 user")));
    EXPECT_THAT(lines, Contains(HasSubstr("2 open, 3 closed, 5 outcomes, 0 late")));
    EXPECT_THAT(lines, Contains(HasSubstr("version 2")));
    EXPECT_THAT(lines, Contains(HasSubstr("[0.2, 0.3]")));
    EXPECT_THAT(lines, Not(Contains(HasSubstr("random")))) << "an arm that was never shown";
}

TEST(StatusView, GoesOnWithoutWhatAServerDoesNotSay) {
    EXPECT_FALSE(status_lines(tree("{}"), "here", plain()).empty());
}

TEST(StatusView, GivesAVersionALineForEachScore) {
    const auto lines = version_lines(tree(R"({"versions":[{"version":1,"state":"live",
        "created_at":"2026-11-24T10:00:00.000000Z","examples":9,
        "metrics":[{"name":"auc","value":0.7,"low":0.6,"high":0.8,"baseline":0.5},
                   {"name":"log_loss","value":0.3,"low":null,"high":null,"baseline":0.4}]}]})"),
                                     plain());
    EXPECT_THAT(lines, Contains(HasSubstr("[0.6, 0.8]")));
    EXPECT_THAT(lines, Contains(HasSubstr("log_loss")));
    EXPECT_THAT(lines.back(), HasSubstr("baseline"));
}

TEST(StatusView, ARetrainingHasNoVersionYet) {
    const auto lines = decision_lines(tree(R"([{"decision":"retrain","from":1,"version":0},
        {"decision":"promote","from":1,"version":2}])")
                                          .items,
                                      plain());
    EXPECT_THAT(lines, Not(Contains(HasSubstr("1 -> 0"))));
    EXPECT_THAT(lines, Contains(HasSubstr("1 -> 2")));
}

TEST(Output, WritesATreeAsItCame) {
    const std::string_view json = R"({"a":[1,2.50,"x\n",null,true],"b":{}})";
    std::string out;
    json::Writer writer(out);
    write_tree(writer, tree(json));
    EXPECT_EQ(out, json);
}

}  // namespace
}  // namespace volant::cli
