#include "cli/simulation/simulation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "cli/simulation/view.h"
#include "core/random.h"

namespace volant::cli::simulation {
namespace {

using testing::HasSubstr;
using testing::Not;

// A server in memory. Readers whose number ends in 9 stand aside and get the most opened books; for
// the others it multiplies what a book and what the reader's category have earned so far, or ranks
// at random.
class FakeShop : public Shop {
  public:
    explicit FakeShop(const PopulationOptions& options, bool learns)
        : town_(options), books_(town_.books().size()), learns_(learns) {}

    Result<std::vector<std::string>> post(std::span<const Call> calls) override {
        std::vector<std::string> answers;
        for (const Call& call : calls) {
            VOLANT_TRY(const JsonTree body, parse_json(call.body));
            if (call.target == "/v1/events") {
                for (const JsonTree& event : body.items) take(event);
                answers.push_back(R"({"accepted":1,"rejected":0})");
            } else if (call.target == "/v1/feedback") {
                for (const JsonTree& feedback : body.items) {
                    EXPECT_TRUE(
                        predictions.contains(std::string(feedback["prediction_id"].text_or(""))));
                    ++feedbacks;
                }
                answers.push_back("[]");
            } else {
                EXPECT_EQ(call.target, "/v1/predict/open_book");
                answers.push_back(rank(std::string(body["user"].text_or(""))));
            }
        }
        return answers;
    }
    Result<JsonTree> get(std::string_view) override {
        return parse_json(R"({"time":"2026-05-01T10:00:00.000000Z"})");
    }

    std::set<std::string> predictions;
    std::map<std::string, int> events;
    std::set<std::string> ids;
    std::uint64_t feedbacks = 0;

  private:
    void take(const JsonTree& event) {
        const std::string type(event["event"].text_or(""));
        ++events[type];
        EXPECT_TRUE(ids.insert(std::string(event["id"].text_or(""))).second)
            << event["id"].text_or("");
        if (event.has("time")) {
            const auto time = parse_time(event["time"].text_or(""));
            ASSERT_TRUE(time.ok());
            EXPECT_LE(*time, now());  // nobody tells of what has not happened yet
            EXPECT_GT(*time, now() - 10 * kMinute);
        }
        if (type != "open") return;
        const auto book = std::stoul(std::string(event["book"].text_or("")).substr(1)) - 1;
        books_[book].opened += 1;
        pair(std::string(event["user"].text_or("")), book).opened += 1;
    }
    std::string rank(const std::string& user) {
        const bool aside = user.back() == '9' || user.back() == '3';
        std::vector<std::pair<double, std::size_t>> scored;
        for (std::size_t b = 0; b < books_.size(); ++b) {
            double score = books_[b].value();
            if (!learns_ || random_.chance(0.02)) {
                score = 1 + random_.uniform();  // explore
            } else if (!aside) {
                score *= pair(user, b).value();
            }
            scored.emplace_back(-score, b);
        }
        std::sort(scored.begin(), scored.end());
        const std::string id = "p" + std::to_string(predictions.size());
        predictions.insert(id);
        std::string items;
        for (std::size_t i = 0; i < 10; ++i) {
            const auto [score, book] = scored[i];
            books_[book].shown += 1;
            pair(user, book).shown += 1;
            items +=
                fmt::format(R"({}{{"item":"b{}","score":{}}})", i > 0 ? "," : "", book + 1, -score);
        }
        const std::string_view arm = aside ? "baseline" : learns_ ? "learned" : "random";
        return fmt::format(R"({{"prediction_id":"{}","version":{},"arm":"{}","ranking":[{}]}})", id,
                           aside ? 0 : 1, arm, items);
    }
    struct Rate {
        double shown = 10, opened = 1;
        double value() const { return opened / shown; }
    };
    Rate& pair(const std::string& user, std::size_t book) {
        return pairs_[{user, town_.books()[book].category}];
    }

    Population town_;
    std::vector<Rate> books_;
    std::map<std::pair<std::string, std::uint32_t>, Rate> pairs_;
    bool learns_;
    Random random_{5};
};

SimulationOptions week() {
    SimulationOptions options;
    options.population.users = 150;
    options.population.books = 100;
    options.days = 7;
    return options;
}

TEST(Simulation, PlaysEveryDayAndSendsEverythingOnce) {
    const SimulationOptions options = week();
    FakeShop shop(options.population, true);
    Simulation run(options, shop);
    ASSERT_TRUE(run.prepare().ok());
    EXPECT_EQ(run.start(), days_from_civil(2026, 5, 2) * kDay);  // the day after the server's clock
    for (;;) {
        const auto more = run.step();
        ASSERT_TRUE(more.ok()) << more.error().message;
        if (!*more) break;
    }
    std::size_t visits = 0;
    for (int day = 0; day < 7; ++day)
        visits += run.population().visits_of_day(run.start() + day * kDay).size();
    EXPECT_EQ(run.counts().visits, visits);
    EXPECT_EQ(shop.predictions.size(), visits);
    EXPECT_EQ(shop.events["$set"], 250);
    EXPECT_EQ(static_cast<std::uint64_t>(shop.events["open"]), run.counts().opens);
    EXPECT_GT(shop.events["open"], shop.events["read"]);
    EXPECT_GT(shop.events["read"], shop.events["finish"]);
    EXPECT_EQ(shop.feedbacks, run.counts().feedbacks);
    EXPECT_GT(shop.feedbacks, 0u);
    EXPECT_GE(run.now(), run.start() + 7 * kDay - kHour);
}

TEST(Simulation, SameSeedSameHistory) {
    std::uint64_t opens[2];
    for (std::uint64_t& count : opens) {
        FakeShop shop(week().population, true);
        Simulation run(week(), shop);
        ASSERT_TRUE(run.prepare().ok());
        for (int i = 0; i < 500; ++i) ASSERT_TRUE(run.step().ok());
        count = run.counts().opens;
    }
    EXPECT_EQ(opens[0], opens[1]);
}

TEST(Simulation, MeasuresWhatALearnerIsWorth) {
    SimulationOptions options = week();
    options.days = 10;
    options.population.users = 600;
    FakeShop shop(options.population, true);
    Simulation run(options, shop);
    ASSERT_TRUE(run.prepare().ok());
    for (auto more = run.step(); more.ok() && *more; more = run.step()) {
    }
    const Turn total = run.board().total();
    const auto gained = lift(total.arm(Arm::kLearned), total.arm(Arm::kPopularity));
    ASSERT_TRUE(gained);
    EXPECT_GT(gained->low, 1);
    EXPECT_LT(total.arm(Arm::kLearned).rate()->mean, total.optimum());

    const std::string said = fmt::format("{}", fmt::join(summary(run, {}, {}, Terminal{}), "\n"));
    EXPECT_THAT(said, HasSubstr("Lift of learned over popularity: +"));
    EXPECT_THAT(said, Not(HasSubstr("which includes 0")));
    std::string document;
    json::Writer writer(document);
    write_summary(run, {}, {}, writer);
    const auto read = parse_json(document);
    ASSERT_TRUE(read.ok()) << document;
    EXPECT_EQ((*read)["visits"].number_or(0), static_cast<double>(run.counts().visits));
    EXPECT_GT((*read)["total"]["lift"]["low"].number_or(0), 1);
}

TEST(Simulation, ShowsTheWheelBeforeAnythingHasHappened) {
    FakeShop shop(week().population, false);
    Simulation run(week(), shop);
    ASSERT_TRUE(run.prepare().ok());
    const std::string said = fmt::format("{}", fmt::join(screen(run, {}, {}, Terminal{}), "\n"));
    EXPECT_THAT(said, HasSubstr("150 readers, 100 books, seed 1   day 1 of 7, 00:00"));
    EXPECT_THAT(said, HasSubstr("no version yet: the baseline answers"));
    EXPECT_THAT(said, HasSubstr("learned over popularity: -"));
}

TEST(Simulation, BookFromAnotherTownIsAnError) {
    SimulationOptions options = week();
    FakeShop shop(options.population, false);
    options.population.books = 20;
    Simulation run(options, shop);
    ASSERT_TRUE(run.prepare().ok());
    Result<bool> more = true;
    while (more.ok() && *more) more = run.step();
    ASSERT_FALSE(more.ok());
    EXPECT_NE(more.error().message.find("--books"), std::string::npos);
}

}  // namespace
}  // namespace volant::cli::simulation
