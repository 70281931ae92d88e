// What the tests of the loop share: a shop in simulated time, and its requests in a few words.
// Tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/testing.h"

namespace volant::api::testing {

inline constexpr std::string_view kLoopSpecification = R"(name: shop
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

    Home home{kLoopSpecification};
};

}  // namespace volant::api::testing
