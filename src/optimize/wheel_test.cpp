#include "optimize/wheel.h"

#include <gtest/gtest.h>

#include "optimize/testing_shop.h"

namespace volant::optimize {
namespace {

using testing::Flywheel;
using testing::Shop;
using testing::shop_spec;
using testing::snapshot_of;

spec::Spec quick_spec() {
    return shop_spec([](spec::LoopDecl& loop) {
        loop.retrain.or_after = 800;
        loop.gate.outcomes = 300;
    });
}

TEST(Wheel, ASnapshotAtAnyPlaceAndTheTailAreTheWholeFold) {
    Shop shop({.seed = 3, .users = 20}, quick_spec());
    shop.visits(700);
    const auto& records = shop.wheel.records();
    ASSERT_GT(shop.wheel.registry().versions.size(), 1u);
    const std::string whole = snapshot_of(shop.wheel.wheel());
    Random random(1);
    Wheel first(shop.wheel.spec(), shop.wheel.weights());
    std::size_t applied = 0;
    for (int cut = 0; cut < 6; ++cut) {
        const std::size_t place = applied + random.below(records.size() / 4);
        for (; applied < std::min(place, records.size()); ++applied)
            first.apply(records[applied].record);
        const std::string bytes = snapshot_of(first);
        Wheel second(shop.wheel.spec(), shop.wheel.weights());
        ASSERT_TRUE(second.restore(bytes).ok()) << "after record " << applied;
        ASSERT_TRUE(snapshot_of(second) == bytes) << "after record " << applied;
        for (std::size_t i = applied; i < records.size(); ++i) second.apply(records[i].record);
        ASSERT_TRUE(snapshot_of(second) == whole) << "after record " << applied;
    }
}

TEST(Wheel, ASnapshotOfAnotherSpecificationIsRefused) {
    Flywheel wheel(quick_spec());
    const std::string bytes = snapshot_of(wheel.wheel());
    spec::Spec other = quick_spec();
    other.canonical += "# changed";
    testing::MemoryWeights weights;
    Wheel restored(other, weights);
    const Status status = restored.restore(bytes);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kConflict);
}

TEST(Wheel, DamagedSnapshotsAreRefused) {
    Shop shop({.seed = 3, .users = 5}, quick_spec());
    shop.visits(10);
    const std::string bytes = snapshot_of(shop.wheel.wheel());
    Random random(1);
    for (int i = 0; i < 100; ++i) {
        Wheel restored(shop.wheel.spec(), shop.wheel.weights());
        EXPECT_FALSE(
            restored.restore(std::string_view(bytes).substr(0, random.below(bytes.size()))).ok());
    }
}

TEST(Wheel, RecordsThatItCannotReadAreCountedAndPassedOver) {
    Flywheel wheel(quick_spec());
    for (const auto type :
         {log::RecordType::kEvent, log::RecordType::kPrediction, log::RecordType::kFeedback,
          log::RecordType::kVersion, log::RecordType::kDecision, log::RecordType::kSpec})
        wheel.append(type, "\xff\xff");
    EXPECT_EQ(wheel.wheel().counts().unreadable, 6u);
}

TEST(Wheel, TheSameLogGivesTheSameVersion) {
    std::string weights[2], digests[2];
    for (int turn = 0; turn < 2; ++turn) {
        Shop shop({.seed = 5, .users = 20}, quick_spec());
        shop.visits(200, false);
        auto trained = shop.wheel.train(0);
        ASSERT_TRUE(trained);
        model::PackageContent content;
        trained->weights->save(content.weights);
        content.version.scores = trained->scores;
        weights[turn] = content.weights;
        digests[turn] = model::package_digest(content);
    }
    EXPECT_EQ(digests[0], digests[1]);
    EXPECT_TRUE(weights[0] == weights[1]);
    Shop other({.seed = 6, .users = 20}, quick_spec());
    other.visits(200, false);
    std::string bytes;
    other.wheel.train(0)->weights->save(bytes);
    EXPECT_TRUE(bytes != weights[0]);
}

// Outcomes that no float holds, so that every way to the weights must see the same number.
constexpr std::string_view kStars = R"yaml(
name: stars
subject: user
entities: { user: {}, book: {} }
events: { rate: { user: id, book: id, stars: double } }
features: { user.rated: { count: rate, by: user } }
models:
  spends:
    decide: { regress: user }
    outcome: { event: rate.stars, within: 10m, otherwise: 0, aggregate: sum }
    features: [user.*]
)yaml";

void rate(Flywheel& wheel, Random& random) {
    const std::string user = "u" + std::to_string(random.below(10));
    wheel.predict(0, {{0, user}});
    wheel.now += 50 * kSecond;
    collect::EventDraft rate;
    rate.type = "rate";
    rate.event = 0;
    rate.entities = {{0, user}, {1, "b"}};
    rate.properties = {{"stars", Value(0.1 * static_cast<double>(random.below(50)))}};
    wheel.event(rate);
}

void expect_caught_up(Flywheel& wheel, const std::function<void()>& turn) {
    for (int i = 0; i < 150; ++i) turn();
    const log::Lsn then = wheel.records().size();
    auto early = wheel.train(0);
    for (int i = 0; i < 150; ++i) turn();
    ASSERT_TRUE(early);
    const std::uint32_t version = wheel.register_version(0, std::move(early->weights), then);
    auto late = wheel.train(0);  // through the registration, which closed what was due by then
    ASSERT_TRUE(late);
    std::string caught_up, trained;
    wheel.wheel().live().version(0, version)->weights->save(caught_up);
    late->weights->save(trained);
    ASSERT_TRUE(caught_up == trained);
    // And from then on it learns as the trained one does.
    for (int i = 0; i < 50; ++i) turn();
    caught_up.clear(), trained.clear();
    wheel.wheel().live().version(0, version)->weights->save(caught_up);
    wheel.train(0)->weights->save(trained);
    EXPECT_TRUE(caught_up == trained);
}

TEST(Wheel, AVersionThatCaughtUpIsOneThatWasTrainedLater) {
    auto spec = spec::parse_spec(kStars, "stars.yaml");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    Flywheel wheel(std::move(*spec));
    Random random(1);
    expect_caught_up(wheel, [&] { rate(wheel, random); });
}

TEST(Wheel, SoIsARankingThatCaughtUp) {
    Shop shop({.seed = 9, .users = 20}, shop_spec([](spec::LoopDecl& loop) { loop.retrain = {}; }));
    expect_caught_up(shop.wheel, [&] { shop.visits(1, false); });
}

TEST(Wheel, BeforeTheFirstVersionTheBaselinesLossIsTheRecentOne) {
    Shop shop({.seed = 2, .users = 20}, quick_spec());
    shop.visits(50, false);
    EXPECT_GT(shop.wheel.figures().recent_loss, 0.1);
    EXPECT_GT(shop.wheel.figures().progressive_sum, 0.1);
}

TEST(Wheel, AnOutcomeChangesTheNextAnswer) {
    Shop shop({.seed = 2, .users = 20}, shop_spec([](spec::LoopDecl& loop) {
                  loop = {};
                  loop.retrain = {};
              }));
    shop.visits(100, false);
    auto trained = shop.wheel.train(0);
    ASSERT_TRUE(trained);
    const auto version = shop.wheel.register_version(0, std::move(trained->weights));
    shop.wheel.decide({model::DecisionKind::kPromote, "shelf", version, 0, "user", "", {}});
    const auto score = [&] {
        deploy::Question question;
        question.model = 0;
        question.entities = {{0, "someone"}};
        question.candidates = {"b1"};
        return (*deploy::decide(shop.wheel.wheel().world(), question, shop.wheel.now, 1, 1))
            ->record.shown[0]
            .score;
    };
    const double before = score();
    const testing::Given given = shop.wheel.predict(0, {{0, "someone"}}, {"b1"});
    shop.wheel.feedback(given.lsn, "b1", 1);
    shop.close_shop();
    EXPECT_GT(score(), before);
}

}  // namespace
}  // namespace volant::optimize
