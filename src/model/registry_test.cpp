#include "model/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.h"

namespace volant::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

spec::Spec two_models() {
    return *spec::parse_spec(
        "entities: {user: {}}\nmodels: {a: {decide: {classify: user}, inputs: {x: int}}, "
        "b: {decide: {regress: user}, inputs: {x: int}}}");
}

VersionRecord version_of(const std::string& model, std::uint32_t number) {
    VersionRecord version;
    version.model = model;
    version.version = number;
    version.digest = std::string(64, static_cast<char>('a' + number % 26));
    version.spec_lsn = 1;
    version.trained_lsn = 100 + number;
    version.examples = 1000 * number;
    version.job = number;
    version.scored = 40;
    version.scores = {{"log_loss", 0.5, 0.4, 0.6, 0.7}, {"auc", 0.6, 0.55, 0.65, 0.5}};
    return version;
}

log::Record record_of(std::string_view clear, log::Lsn lsn = 1, Micros time = 0) {
    log::Record record;
    record.lsn = lsn;
    record.known_at = time;
    record.clear = clear;
    return record;
}

class RegistryTest : public testing::Test {
  protected:
    void add(const std::string& model, std::uint32_t number) {
        registry.version(version_of(model, number), record_of({}, ++lsn_, ++time_));
    }
    void decide(DecisionKind kind, std::uint32_t version, const std::string& model = "a") {
        DecisionRecord decision;
        decision.kind = kind;
        decision.model = model;
        decision.version = version;
        registry.decision(decision, record_of({}, ++lsn_, ++time_));
    }
    VersionState state(std::uint32_t version) const { return registry.find(0, version)->state; }
    static std::string snapshot(const Registry& of) {
        std::string bytes;
        of.snapshot(bytes);
        return bytes;
    }

    spec::Spec spec = two_models();
    Registry registry{spec};

  private:
    log::Lsn lsn_ = 0;
    Micros time_ = 0;
};

TEST_F(RegistryTest, BeginsWithTheBaselineAlone) {
    EXPECT_EQ(registry.model(0).live, 0u);
    EXPECT_EQ(registry.find(0, 0), nullptr) << "the baseline is no entry";
    EXPECT_EQ(registry.find(0, 1), nullptr);
    EXPECT_TRUE(registry.model(0).served.empty());
}

TEST_F(RegistryTest, ARollbackGoesToWhatServedBeforeAndNotFurther) {
    add("a", 1);
    add("a", 2);
    decide(DecisionKind::kPromote, 1);
    decide(DecisionKind::kPromote, 2);
    EXPECT_EQ(registry.model(0).previous, 1u);
    EXPECT_EQ(state(1), VersionState::kRetired);
    EXPECT_EQ(state(2), VersionState::kLive);
    decide(DecisionKind::kRollback, 1);
    EXPECT_EQ(registry.model(0).live, 1u);
    EXPECT_EQ(registry.model(0).previous, 0u);
    EXPECT_EQ(state(1), VersionState::kLive);
    EXPECT_EQ(state(2), VersionState::kRetired);
    decide(DecisionKind::kRollback, 0);
    EXPECT_EQ(state(1), VersionState::kRetired);
    EXPECT_EQ(registry.model(1).live, 0u) << "the other model has nothing to do with it";
}

TEST_F(RegistryTest, ARollbackFromTheBaselineGoesToTheVersionBeforeIt) {
    add("a", 1);
    decide(DecisionKind::kPromote, 1);
    decide(DecisionKind::kPromote, 0);
    EXPECT_EQ(registry.model(0).previous, 1u);
    decide(DecisionKind::kRollback, 1);
    EXPECT_EQ(registry.model(0).live, 1u);
    EXPECT_EQ(registry.model(0).previous, 0u);
}

TEST_F(RegistryTest, WhatIsPromotedAgainIsNotWhatServedBefore) {
    add("a", 1);
    add("a", 2);
    decide(DecisionKind::kPromote, 1);
    decide(DecisionKind::kPromote, 2);
    decide(DecisionKind::kPromote, 2);
    EXPECT_EQ(registry.model(0).previous, 1u);
}

TEST_F(RegistryTest, OneCandidateAtATime) {
    for (std::uint32_t number : {1u, 2u, 3u}) add("a", number);
    decide(DecisionKind::kGate, 1);
    decide(DecisionKind::kGate, 2);
    EXPECT_EQ(registry.model(0).candidate, 2u);
    EXPECT_EQ(state(1), VersionState::kRetired) << "a newer one took its place";
    decide(DecisionKind::kGate, 2);
    EXPECT_EQ(state(2), VersionState::kCandidate) << "the same again is no newer one";
    decide(DecisionKind::kRefuse, 2);
    EXPECT_EQ(registry.model(0).candidate, 0u);
    EXPECT_EQ(state(2), VersionState::kRefused);
    decide(DecisionKind::kGate, 3);
    decide(DecisionKind::kPromote, 2);
    EXPECT_EQ(registry.model(0).candidate, 3u) << "promoting another one leaves the gate open";
    decide(DecisionKind::kPromote, 3);
    EXPECT_EQ(registry.model(0).candidate, 0u);
}

// Who served when leaves no moment out and none twice.
TEST_F(RegistryTest, WhatServedWhenIsOneLine) {
    for (std::uint32_t number = 1; number <= 5; ++number) add("a", number);
    Random random(1);
    for (int i = 0; i < 200; ++i) {
        const auto version = static_cast<std::uint32_t>(random.below(6));
        decide(random.chance(0.5) ? DecisionKind::kPromote : DecisionKind::kRollback, version);
    }
    const auto& served = registry.model(0).served;
    ASSERT_EQ(served.size(), 200u);
    for (std::size_t i = 0; i + 1 < served.size(); ++i)
        EXPECT_EQ(served[i].until, served[i + 1].from);
    EXPECT_EQ(served.back().until, kNever);
    EXPECT_EQ(served.back().version, registry.model(0).live);
    int live = 0;
    for (const VersionEntry& entry : registry.model(0).versions)
        live += entry.state == VersionState::kLive;
    EXPECT_EQ(live, registry.model(0).live == 0 ? 0 : 1);
}

TEST_F(RegistryTest, ModelsThatAreGoneAreNoConcernOfIt) {
    add("gone", 1);
    decide(DecisionKind::kPromote, 1, "gone");
    EXPECT_TRUE(registry.model(0).versions.empty());
    EXPECT_EQ(registry.model(0).live + registry.model(1).live, 0u);
}

TEST_F(RegistryTest, ASnapshotIsTheWholeState) {
    for (std::uint32_t number : {1u, 2u, 3u}) add("a", number);
    add("b", 1);
    decide(DecisionKind::kPromote, 1);
    decide(DecisionKind::kGate, 2);
    decide(DecisionKind::kRefuse, 3);
    decide(DecisionKind::kPromote, 1, "b");
    const std::string bytes = snapshot(registry);
    Registry again(spec);
    ASSERT_TRUE(again.restore(bytes).ok());
    EXPECT_EQ(snapshot(again), bytes);
    EXPECT_EQ(again.model(0).candidate, 2u);
    EXPECT_EQ(again.find(0, 3)->scores[1].name, "auc");
    EXPECT_EQ(again.find(0, 3)->scores[1].high, 0.65);
    EXPECT_EQ(again.find(0, 3)->scored, 40u);
}

TEST_F(RegistryTest, ADamagedSnapshotIsRefused) {
    add("a", 1);
    decide(DecisionKind::kPromote, 1);
    const std::string bytes = snapshot(registry);
    // Without its last byte it is whole as well: one from before examples set aside were counted.
    for (std::size_t size = 0; size + 1 < bytes.size(); ++size) {
        Registry other(spec);
        EXPECT_FALSE(other.restore(std::string_view(bytes).substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(registry.restore(bytes + "x").ok());
    const auto one = *spec::parse_spec(
        "entities: {user: {}}\nmodels: {a: {decide: {classify: user}, inputs: {x: int}}}");
    Registry fewer(one);
    EXPECT_THAT(fewer.restore(bytes).error().message, HasSubstr("other models"));
    Random random(1);
    for (int i = 0; i < 5'000; ++i) {  // whatever it takes, it can be shown
        std::string damaged = bytes;
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
        Registry other(spec);
        if (!other.restore(damaged).ok()) continue;
        for (const int model : {0, 1})
            for (const VersionEntry& entry : other.model(model).versions)
                EXPECT_NE(version_state_name(entry.state), "");
    }
}

TEST_F(RegistryTest, TakesOverWhatHasTheSameModels) {
    add("a", 1);
    add("b", 1);
    decide(DecisionKind::kPromote, 1);
    const auto swapped = *spec::parse_spec(
        "entities: {user: {}}\n"
        "models: {b: {decide: {regress: user}, inputs: {x: int}}, "
        "c: {decide: {classify: user}, inputs: {x: int}}, "
        "a: {decide: {classify: user}, inputs: {x: int}}}");
    Registry later(swapped);
    later.take_over(std::move(registry), {1, -1, 0});
    EXPECT_EQ(later.model(0).versions.at(0).model, "b");
    EXPECT_TRUE(later.model(1).versions.empty());
    EXPECT_EQ(later.model(2).live, 1u);
}

TEST(RegistryRecords, ComeBackAsTheyWere) {
    const VersionRecord version = version_of("a", 7);
    const std::string bytes = encode_version(version);
    const auto again = decode_version(record_of(bytes));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(encode_version(*again), bytes);
    EXPECT_EQ(again->trained_lsn, version.trained_lsn);
    DecisionRecord decision{DecisionKind::kRefuse, "a", 7, 3, "controller", "no better", {}};
    decision.numbers = {{"loss_difference", 0.1}, {"alpha", 0.05}};
    const std::string decided = encode_decision(decision);
    const auto decision_again = decode_decision(record_of(decided));
    ASSERT_TRUE(decision_again.ok());
    EXPECT_EQ(encode_decision(*decision_again), decided);
    EXPECT_EQ(decision_again->why, "no better");
}

TEST(RegistryRecords, WhatIsNotWholeIsNamedByItsPlace) {
    const std::string version = encode_version(version_of("a", 7));
    const std::string decision =
        encode_decision({DecisionKind::kGate, "a", 7, 3, "user", "", {{"alpha", 0.05}}});
    // As above: only the last byte may be missing.
    for (std::size_t size = 0; size + 1 < version.size(); ++size)
        EXPECT_FALSE(decode_version(record_of(version.substr(0, size))).ok()) << size;
    EXPECT_EQ(decode_version(record_of(version.substr(0, version.size() - 1)))->scored, 0u);
    for (std::size_t size = 0; size < decision.size(); ++size)
        EXPECT_FALSE(decode_decision(record_of(decision.substr(0, size))).ok()) << size;
    EXPECT_THAT(decode_version(record_of(version + "x", 17)).error().message,
                HasSubstr("record 17 is not a whole version"));
    std::string unknown = decision;
    unknown[0] = 100;
    const auto refused = decode_decision(record_of(unknown, 18));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kCorrupt);
    EXPECT_THAT(refused.error().message, HasSubstr("record 18 is not a whole decision"));
}

// Stored: a number that changed its name would tell old decisions otherwise than they were.
TEST(RegistryRecords, NamesStayWithTheirNumbers) {
    std::vector<std::string_view> decisions, states;
    for (const int kind : {0, 1, 2, 3, 4})
        decisions.push_back(decision_name(static_cast<DecisionKind>(kind)));
    for (const int state : {0, 1, 2, 3})
        states.push_back(version_state_name(static_cast<VersionState>(state)));
    EXPECT_THAT(decisions, ElementsAre("promote", "rollback", "refuse", "gate", "retrain"));
    EXPECT_THAT(states, ElementsAre("candidate", "live", "retired", "refused"));
}

}  // namespace
}  // namespace volant::model
