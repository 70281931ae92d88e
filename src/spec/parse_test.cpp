#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/spec.h"

namespace volant::spec {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kBookshop = R"(
name: bookshop
subject: user                         # whose privacy is protected; sealing and partitions follow it
entities:
  user: {}
  book: { title: text, category: string }
events:
  open:    { user: id, book: id }
  read:    { user: id, book: id, ms: int }
  finish:  { user: id, book: id }
  checkin: { user: id, location: point }
features:
  user.reads_7d:     { count: read, by: user, window: 7d }
  user.recent:       { last: read.book, by: user, n: 50 }
  book.finish_rate:  { ratio: [finish, open], by: book, window: 30d, prior: [1, 10] }
  pair.reads:        { count: read, by: [user, book.category], window: 30d }
models:
  open_book:
    decide: { rank: book }                       # or: classify | regress
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*, book.*, pair.*]
    learner: { family: linear }
    loop: { online: true, explore: 0.05, holdback: 0.1, retrain: { every: 1d, or_after: 10000 outcomes } }
)";

Spec good(std::string_view text) {
    auto parsed = parse_spec(text);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return parsed.ok() ? std::move(parsed).value() : Spec{};
}

// Text that every small case below may refer to.
std::string shop(std::string_view rest) {
    return "subject: user\n"
           "entities:\n"
           "  user: {city: category}\n"
           "  book: {category: string}\n"
           "events:\n"
           "  open: {user: id, book: id}\n"
           "  read: {user: id, book: id, ms: int, device: string, at: time, place: point, x: any}\n"
           "  visit: {user: id}\n" +
           std::string(rest);
}

FeatureDecl feature(std::string_view text) {
    const Spec spec = good(shop("features:\n  a.b: " + std::string(text)));
    return spec.features.empty() ? FeatureDecl{} : spec.features[0];
}

ModelDecl model(std::string_view lines) {
    const Spec spec =
        good(shop("features:\n"
                  "  user.reads: {count: read, by: user}\n"
                  "  book.reads: {count: read, by: book}\n"
                  "models:\n  m: " +
                  std::string(lines)));
    return spec.models.empty() ? ModelDecl{} : spec.models[0];
}

TEST(ParseSpec, ReadsTheBookshop) {
    const Spec spec = good(kBookshop);
    EXPECT_EQ(spec.name, "bookshop");
    ASSERT_EQ(spec.entities.size(), 2u);
    EXPECT_EQ(spec.subject, spec.entity_index("user"));
    EXPECT_EQ(spec.entities[1].attribute_index("category"), 1);
    EXPECT_EQ(spec.entities[1].attributes[0].type, FieldType::kText);
    ASSERT_EQ(spec.events.size(), 4u);
    EXPECT_THAT(spec.events[1].entities, ElementsAre(0, 1));
    EXPECT_EQ(spec.events[1].properties[0], (FieldDecl{"ms", FieldType::kInt}));
    EXPECT_EQ(spec.events[3].properties[0].type, FieldType::kPoint);
    ASSERT_EQ(spec.features.size(), 4u);
    ASSERT_EQ(spec.models.size(), 1u);
    EXPECT_EQ(spec.feature_index("pair.reads"), 3);
    EXPECT_EQ(spec.model_index("open_book"), 0);
    EXPECT_EQ(spec.event_index("nothing"), -1);
}

TEST(ParseSpec, ReadsTheBookshopsFeatures) {
    const Spec spec = good(kBookshop);
    const FeatureDecl& reads = spec.features[0];
    EXPECT_EQ(reads.op, Op::kCount);
    EXPECT_EQ(reads.group, "user");
    EXPECT_EQ(reads.window, 7 * kDay);
    EXPECT_THAT(reads.by, ElementsAre(KeyPart{0, -1}));
    const FeatureDecl& recent = spec.features[1];
    EXPECT_EQ(recent.op, Op::kLast);
    EXPECT_EQ(recent.n, 50u);
    EXPECT_EQ(recent.sources[0].entity, 1);
    EXPECT_EQ(recent.window, kNever);
    const FeatureDecl& rate = spec.features[2];
    EXPECT_EQ(rate.sources[0].event, "finish");
    EXPECT_EQ(rate.sources[1].event, "open");
    EXPECT_EQ(rate.prior_hits, 1);
    EXPECT_EQ(rate.prior_tries, 10);
    EXPECT_THAT(spec.features[3].by, ElementsAre(KeyPart{0, -1}, KeyPart{1, 1}));
}

TEST(ParseSpec, ReadsTheBookshopsModel) {
    const ModelDecl model = good(kBookshop).models[0];
    EXPECT_EQ(model.task, Task::kRank);
    EXPECT_EQ(model.entity, 1);
    EXPECT_EQ(model.outcome.event, "open");
    EXPECT_EQ(model.outcome.within, 30 * kMinute);
    EXPECT_EQ(model.outcome.otherwise, 0.0);
    EXPECT_EQ(model.outcome.aggregate, Aggregate::kFirst);
    EXPECT_THAT(model.features, ElementsAre(0, 1, 2, 3));
    EXPECT_FALSE(model.learner.chosen_by_default);
    EXPECT_EQ(model.learner.loss, Loss::kLogistic);
    EXPECT_TRUE(model.loop.online);
    EXPECT_EQ(model.loop.explore.epsilon, 0.05);
    EXPECT_EQ(model.loop.holdback, 0.1);
    EXPECT_EQ(model.loop.retrain.every, kDay);
    EXPECT_EQ(model.loop.retrain.or_after, 10'000u);
}

TEST(ParseSpec, AnEmptyFileIsAWorkspaceOfDefaults) {
    const Spec spec = good("");
    EXPECT_EQ(spec.name, "workspace");
    EXPECT_EQ(spec.subject, -1);
    EXPECT_FALSE(spec.zone.allow_local);
    EXPECT_FALSE(spec.simulated_time);
}

TEST(ParseSpec, DefaultsOfTheTableAreThoseOfTheStructs) {
    const Spec spec = good(shop("models: {m: {decide: {classify: user}, inputs: {x: int}}}"));
    EXPECT_EQ(spec.server, ServerDecl{});
    EXPECT_EQ(spec.log, LogDecl{});
    EXPECT_EQ(spec.training, TrainingDecl{});
    EXPECT_EQ(spec.models[0].loop, LoopDecl{});
    EXPECT_EQ(spec.models[0].learner, LearnerDecl{});
    EXPECT_EQ(spec.models[0].outcome, OutcomeDecl{});
    EXPECT_EQ(spec.models[0].examples, std::nullopt);
}

TEST(ParseSpec, ReadsTimeAndZone) {
    EXPECT_TRUE(good("time: simulated").simulated_time);
    EXPECT_EQ(good("time_zone: UTC").zone, (ZoneRule{true, 0}));
    EXPECT_EQ(good("time_zone: +01:00").zone, (ZoneRule{true, 60}));
    EXPECT_EQ(good("time_zone: '-0530'").zone, (ZoneRule{true, -330}));
    const Spec named = good("time_zone: Europe/Berlin");
    EXPECT_EQ(named.zone_name, "Europe/Berlin");
    EXPECT_EQ(*parse_time("2026-07-01T12:00", named.zone), *parse_time("2026-07-01T10:00Z"));
    EXPECT_EQ(*parse_time("2026-12-01T12:00", named.zone), *parse_time("2026-12-01T11:00Z"));
}

TEST(ParseSpec, ReadsTheMachine) {
    const Spec spec = good(
        "server: {listen: 0.0.0.0, port: 80, body_max: 1GiB, rate_limit: 2.5, origins: [https://a, "
        "'http://b:8'],\n"
        "         tls: {certificate: c.pem, key: k.pem}, entities_max: 5000}\n"
        "log: {retention: 90d, segment_bytes: 8MiB, snapshot_every: 5000 records}\n"
        "training: {threads: 3, holdout: 10%}\n");
    EXPECT_EQ(spec.server.listen, "0.0.0.0");
    EXPECT_EQ(spec.server.port, 80);
    EXPECT_EQ(spec.server.body_max, 1u << 30);
    EXPECT_EQ(spec.server.rate_limit, 2.5);
    EXPECT_THAT(spec.server.origins, ElementsAre("https://a", "http://b:8"));
    EXPECT_EQ(spec.server.tls_key, "k.pem");
    EXPECT_EQ(spec.server.entities_max, 5000u);
    EXPECT_EQ(spec.log.retention, 90 * kDay);
    EXPECT_EQ(spec.log.segment_bytes, 8u << 20);
    EXPECT_EQ(spec.log.snapshot_every, 5000u);
    EXPECT_EQ(spec.training.threads, 3u);
    EXPECT_EQ(spec.training.holdout, 0.1);
}

TEST(ParseSpec, AnEventMayBeStrict) {
    EXPECT_TRUE(good("events: {read: {ms: int, $strict: true}}").events[0].strict);
    EXPECT_FALSE(good("events: {read: {ms: int}}").events[0].strict);
    EXPECT_EQ(good("events: {read: }").events[0].name, "read");
}

TEST(ParseSpec, ReadsEachOperation) {
    EXPECT_EQ(feature("{sum: read.ms, by: user}").sources[0].property, "ms");
    EXPECT_EQ(feature("{mean: read.x, by: user, window: 1m}").window, kMinute);
    EXPECT_EQ(feature("{min: read.ms, by: user}").op, Op::kMin);
    EXPECT_EQ(feature("{max: read.ms, by: user, window: all}").window, kNever);
    EXPECT_EQ(feature("{distinct: read.device, by: user}").sources[0].property, "device");
    EXPECT_EQ(feature("{distinct: read.book, by: user}").sources[0].entity, 1);
    EXPECT_EQ(feature("{since: visit, by: user}").op, Op::kSince);
    EXPECT_EQ(feature("{last: read.place, by: user}").n, 1u);
    EXPECT_EQ(feature("{decay: read, by: user, half_life: 7d}").half_life, 7 * kDay);
    EXPECT_EQ(feature("{decay: read.ms, by: book, half_life: 1h}").sources[0].property, "ms");
    EXPECT_EQ(feature("{attribute: book.category}").attribute, (KeyPart{1, 0}));
    EXPECT_EQ(feature("{since: visit, by: user, window: 7d}").window, 7 * kDay);
    EXPECT_EQ(feature("{count: read, by: [user, book], through: friend}").through, "friend");
    EXPECT_EQ(feature("{count: read, by: user.city}").by[0], (KeyPart{0, 0}));
}

TEST(ParseSpec, ReadsFilters) {
    using enum Condition::Test;
    const auto where =
        feature(
            "{count: read, by: user, where: {ms: {gt: 1000, le: 5000}, device: mobile,"
            " x: [1, 1.5, true, '1']}}")
            .where;
    EXPECT_THAT(where, ElementsAre(Condition{"ms", kGt, {1000}}, Condition{"ms", kLe, {5000}},
                                   Condition{"device", kEq, {"mobile"}},
                                   Condition{"x", kIn, {1, 1.5, true, "1"}}));
    const auto timed = feature("{count: read, by: user, where: {at: {lt: 1970-01-01T00:00:01Z}}}");
    EXPECT_EQ(timed.where[0].values[0], Value(Time{kSecond}));
}

TEST(ParseSpec, ReadsExploration) {
    const auto explore = [](std::string_view text) {
        return model("{decide: {rank: book}, features: '*', loop: {explore: " + std::string(text) +
                     "}}")
            .loop.explore;
    };
    EXPECT_EQ(explore("5%").epsilon, 0.05);
    EXPECT_EQ(explore("{epsilon: 0.1}").epsilon, 0.1);
    EXPECT_EQ(explore("{softmax: 0.5}").kind, ExploreDecl::Kind::kSoftmax);
    EXPECT_EQ(explore("{softmax: 0.5}").temperature, 0.5);
}

TEST(ParseSpec, ReadsTheLoop) {
    const LoopDecl loop =
        model(
            "{decide: {rank: book}, features: '*', loop: {online: false, random: 5%,"
            " retrain: {score_drop: 5%, or_after: 10}, auto_promote: false,"
            " gate: {alpha: 0.01, outcomes: 500 outcomes, patience: 7d}}}")
            .loop;
    EXPECT_FALSE(loop.online);
    EXPECT_EQ(loop.random, 0.05);
    EXPECT_EQ(loop.retrain.score_drop, 0.05);
    EXPECT_EQ(loop.retrain.or_after, 10u);
    EXPECT_EQ(loop.retrain.every, 0);
    EXPECT_FALSE(loop.auto_promote);
    EXPECT_EQ(loop.gate, (GateDecl{0.01, 500, 7 * kDay}));
}

TEST(ParseSpec, ReadsTheLearner) {
    const LearnerDecl learner =
        model(
            "{decide: {rank: book}, inputs: {hour: int}, features: [user.reads, book.*], learner: {"
            "optimizer: ftrl, bits: 20, rate: 0.1, power_t: 0, l1: 1e-6, l2: 1e-5, ftrl_alpha: 0.1,"
            " ftrl_beta: 1, passes: 3, seed: 9, early_stop: 2, interactions: [[user, book, "
            "input]]}}")
            .learner;
    EXPECT_EQ(learner.optimizer, Optimizer::kFtrl);
    EXPECT_EQ(learner.bits, 20u);
    EXPECT_EQ(learner.l1, 1e-6);
    EXPECT_EQ(learner.passes, 3u);
    EXPECT_EQ(learner.seed, 9u);
    EXPECT_EQ(learner.early_stop, 2u);
    EXPECT_THAT(learner.interactions, ElementsAre(ElementsAre("user", "book", "input")));
}

TEST(ParseSpec, ARankingsDefaultLearnerMultipliesSubjectAndItem) {
    const LearnerDecl learner = model("{decide: {rank: book}, features: '*'}").learner;
    EXPECT_TRUE(learner.chosen_by_default);
    EXPECT_THAT(learner.interactions, ElementsAre(ElementsAre("user", "book")));
    const LearnerDecl named =
        model("{decide: {rank: book}, features: '*', learner: {bits: 20}}").learner;
    EXPECT_FALSE(named.chosen_by_default);
    EXPECT_THAT(named.interactions, ElementsAre(ElementsAre("user", "book")));
    const LearnerDecl none =
        model("{decide: {rank: book}, features: '*', learner: {interactions: []}}").learner;
    EXPECT_THAT(none.interactions, ElementsAre());
}

TEST(ParseSpec, ChoosesTheLossByTheTask) {
    EXPECT_EQ(model("{decide: {classify: user}, features: user.*}").learner.loss, Loss::kLogistic);
    EXPECT_EQ(model("{decide: {regress: user}, features: user.*}").learner.loss, Loss::kSquared);
    EXPECT_EQ(
        model("{decide: {rank: book}, outcome: {event: read.ms}, features: '*'}").learner.loss,
        Loss::kSquared);
}

TEST(ParseSpec, ReadsAModelOverAnEventsOwnField) {
    const Spec spec = good(
        "events: {impression: {click: bool, site: string, hour: int}}\n"
        "models:\n"
        "  click:\n"
        "    decide:   { classify: impression.click }\n"
        "    inputs:   { site: string, hour: int, device: string }\n"
        "    examples: { at: impression }\n");
    const ModelDecl& click = spec.models.at(0);
    EXPECT_EQ(click.entity, -1);
    EXPECT_EQ(click.label_event, "impression");
    EXPECT_EQ(click.label_property, "click");
    EXPECT_EQ(click.inputs.size(), 3u);
    EXPECT_EQ(click.examples->at, "impression");
}

TEST(ParseSpec, ReadsExamplesFromHistory) {
    const ModelDecl again = model(
        "{decide: {classify: user}, outcome: {event: read, within: 30d, otherwise: 0},"
        " examples: {at: read, every: 7d}, features: [user.*]}");
    EXPECT_EQ(again.examples, (ExamplesDecl{"read", 7 * kDay, 0, ""}));
    const ModelDecl rated = model(
        "{decide: {rank: book}, examples: {at: read, negatives: 20, label: ms}, features: '*'}");
    EXPECT_EQ(rated.examples, (ExamplesDecl{"read", 0, 20, "ms"}));
}

TEST(ParseSpec, GlobsKeepTheOrderOfTheFile) {
    EXPECT_THAT(model("{decide: {rank: book}, features: [book.*, '*er.*', '*']}").features,
                ElementsAre(0, 1));
    EXPECT_THAT(model("{decide: {rank: book}, features: book.reads}").features, ElementsAre(1));
}

}  // namespace
}  // namespace volant::spec
