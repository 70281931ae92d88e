#include "train/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "collect/testing.h"
#include "train/offline_score.h"

namespace volant::train {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kShop = R"(
name: shop
subject: user
entities:
  user: {}
  item: {}
events:
  view: { user: id, item: id }
  buy:  { user: id, item: id, price: double, big: bool }
  ad:   { click: bool, site: category }
features:
  user.lines:  { count: buy, by: user, window: all }
  user.prices: { sum: buy.price, by: user, window: all }
models:
  again:
    decide:   { classify: user }
    outcome:  { event: buy, within: 10d, otherwise: 0 }
    examples: { at: buy }
    features: [user.lines]
  weekly:
    decide:   { classify: user }
    outcome:  { event: buy, within: 10d, otherwise: 0 }
    examples: { at: buy, every: 7d }
    features: [user.lines]
  size:
    decide:   { classify: user }
    examples: { at: buy, label: big }
    features: [user.lines]
  price:
    decide:   { regress: user }
    examples: { at: buy, label: price }
    features: [user.lines]
  own:
    decide:   { classify: ad.click }
    inputs:   { site: category }
    examples: { at: ad }
  next:
    decide:   { rank: item }
    outcome:  { event: view, within: 1m, otherwise: 0 }
    examples: { at: view, negatives: 3 }
    features: [user.lines]
    learner:  { family: linear, interactions: [] }
)";

// A log of events as an import writes it, and what one model makes of it.
class Past {
  public:
    explicit Past(std::string_view model)
        : spec_(*spec::parse_spec(kShop)),
          history_(spec_, spec_.model_index(model), [this](const Example& example) {
              examples.push_back(example);
              // user.lines is the only feature, and stands first
              lines.push_back(example.terms.front().value);
          }) {}

    void add(std::string_view type, Micros time, std::string_view user, std::string_view item,
             std::vector<std::pair<std::string, Value>> properties = {}) {
        take(type, time, {{0, std::string(user)}, {1, std::string(item)}}, std::move(properties));
    }
    void take(std::string_view type, Micros time, std::vector<collect::EntityId> entities,
              std::vector<std::pair<std::string, Value>> properties) {
        collect::EventDraft draft;
        draft.type = type;
        draft.event = spec_.event_index(type);
        draft.time = time;
        draft.entities = std::move(entities);
        draft.properties = std::move(properties);
        collect::testing::Recorded recorded(spec_, draft, ++lsn_, time);
        recorded.record.flags = log::kKnownAtAssumed;
        history_.apply(recorded.record);
    }
    void impression(Micros time, bool click) {
        take("ad", time, {}, {{"click", Value(click)}, {"site", Value("news")}});
    }
    void tick(Micros time) {
        log::Record record;
        record.lsn = ++lsn_;
        record.known_at = record.event_time = time;
        history_.apply(record);
    }
    void buy(Micros time, std::string_view user) { add("buy", time, user, "i"); }
    std::vector<double> labels() const {
        std::vector<double> out;
        for (const Example& example : examples) out.push_back(example.label);
        return out;
    }

    std::vector<Example> examples;
    std::vector<float> lines;

  private:
    spec::Spec spec_;
    log::Lsn lsn_ = 0;
    History history_;
};

TEST(History, LinesOfOneMomentAreOneOccasionAndNoOutcome) {
    Past past("again");
    for (int line = 0; line < 3; ++line) past.buy(kDay, "u");
    past.buy(20 * kDay, "v");  // long after the window
    ASSERT_THAT(past.labels(), ElementsAre(0));
    EXPECT_EQ(past.examples[0].at, kDay);
    EXPECT_GT(past.lines[0], 2) << "the question knows all three lines: 1 + log 3";
}

TEST(History, TheNextPurchaseIsTheOutcome) {
    Past past("again");
    past.buy(1 * kDay, "u");
    past.buy(5 * kDay, "u");
    past.buy(40 * kDay, "v");
    EXPECT_THAT(past.labels(), ElementsAre(1, 0));
    EXPECT_EQ(past.lines[0], 1) << "as it was known then";
}

TEST(History, AWindowThatIsNotOverGivesNoExample) {
    Past past("again");
    past.buy(1 * kDay, "u");
    past.buy(2 * kDay, "u");  // the first question has its outcome, and is not given yet
    past.buy(3 * kDay, "v");
    EXPECT_TRUE(past.examples.empty()) << "else a log would end with early outcomes alone";
    past.buy(12 * kDay, "v");
    EXPECT_THAT(past.labels(), ElementsAre(1, 0)) << "both windows are over, v's is not";
}

TEST(History, AsksAtMostOnceInEvery) {
    Past past("weekly");
    for (int day = 1; day <= 14; ++day) past.buy(day * kDay, "u");
    past.buy(60 * kDay, "v");
    ASSERT_EQ(past.examples.size(), 2u);
    EXPECT_EQ(past.examples[0].at, 1 * kDay);
    EXPECT_EQ(past.examples[1].at, 8 * kDay);
}

TEST(History, TheEventsOwnLabelIsAskedBeforeIt) {
    Past past("size");
    past.add("buy", kDay, "u", "i", {{"big", Value(true)}});
    past.add("buy", 2 * kDay, "u", "i", {{"big", Value(false)}});
    EXPECT_THAT(past.labels(), ElementsAre(1, 0));
    EXPECT_EQ(past.lines[1], 1) << "the first purchase, not its own";
}

TEST(History, ALabelBeyondAnyOutcomeIsNoExample) {
    Past past("price");
    for (const double price : {3.5, 1e200, -1e16, 1e15})
        past.add("buy", kDay, "u", "i", {{"price", Value(price)}});
    EXPECT_THAT(past.labels(), ElementsAre(3.5, 1e15));
}

TEST(History, HistoryMayLieBeforeWhatWasImportedFirst) {
    Past past("again");
    past.add("view", 1000 * kDay, "u", "i");
    past.buy(1 * kDay, "u");
    past.buy(5 * kDay, "u");
    past.buy(40 * kDay, "v");
    EXPECT_THAT(past.labels(), ElementsAre(1, 0));
}

TEST(History, NobodyKnowsWhatCameBetweenAnImportAndTheLiveLog) {
    Past past("again");
    past.tick(1000 * kDay);  // the log begins before the import, and later than its history
    past.buy(1 * kDay, "u");
    past.buy(5 * kDay, "u");
    past.buy(12 * kDay, "v");
    past.tick(1001 * kDay);
    EXPECT_THAT(past.labels(), ElementsAre(1)) << "u's second window and v's were not over";
}

TEST(History, ExamplesHangTogetherBySubjectAndWithoutOneStandAlone) {
    Past purchases("size");
    for (int i = 0; i < 3; ++i)
        purchases.add("buy", i * kDay, i == 2 ? "v" : "u", "i", {{"big", Value(true)}});
    ASSERT_EQ(purchases.examples.size(), 3u);
    EXPECT_EQ(purchases.examples[0].cluster, purchases.examples[1].cluster);
    EXPECT_NE(purchases.examples[0].cluster, purchases.examples[2].cluster);
    Past impressions("own");
    for (int i = 0; i < 100; ++i) impressions.impression(i * kSecond, i % 2 == 0);
    std::set<std::uint64_t> clusters;
    for (const Example& example : impressions.examples) clusters.insert(example.cluster);
    EXPECT_GT(clusters.size(), 90u);
}

TEST(History, ItemsOfOneAnswerStandTogetherTheWantedOneFirst) {
    Past past("next");
    for (int i = 0; i < 20; ++i) past.add("view", (i + 1) * kHour, "u", "i" + std::to_string(i));
    std::uint64_t answer = 0;
    std::size_t answers = 0;
    for (const Example& example : past.examples) {
        EXPECT_EQ(example.label, example.answer == answer ? 0 : 1);
        if (example.answer != answer) ++answers;
        answer = example.answer;
    }
    EXPECT_EQ(answers, 19u) << "the last one waits for its minute";
}

Example shown(std::uint64_t answer, float label, float baseline) {
    Example example;
    example.answer = answer;
    example.cluster = answer;
    example.label = label;
    example.baseline = baseline;
    return example;
}

TEST(RankingScore, JudgesEachAnswerByItsOwnOrder) {
    RankingScore ranking;
    ranking.add(shown(1, 1, 0.1f), 0.9);  // learned: first; baseline: second
    ranking.add(shown(1, 0, 0.2f), 0.5);
    ranking.add(shown(2, 0, 0.1f), 0.9);  // learned: second; baseline: first
    ranking.add(shown(2, 1, 0.2f), 0.5);
    ranking.add(shown(3, 1, 0.2f), 0.5);  // alone: any order is right
    const auto scores = ranking.scores();
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_EQ(scores[0].name, "ndcg@10");
    const double second = 1 / std::log2(3.0);
    EXPECT_DOUBLE_EQ(scores[0].value, (1 + second) / 2);
    EXPECT_DOUBLE_EQ(scores[0].baseline, (second + 1) / 2);
    EXPECT_EQ(scores[1].name, "recall@10");
    EXPECT_EQ(scores[1].value, 1);
}

TEST(RankingScore, EqualScoresAreNoKnowledge) {
    RankingScore ranking;
    constexpr int kAnswers = 4000;
    for (std::uint64_t answer = 1; answer <= kAnswers; ++answer) {
        for (int item = 0; item < 20; ++item)
            ranking.add(shown(answer, item == 0 ? 1 : 0, 0.5f), 0.5);
    }
    const auto scores = ranking.scores();
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_NEAR(scores[1].value, 0.5, 0.03) << "ten of twenty places";
}

}  // namespace
}  // namespace volant::train
