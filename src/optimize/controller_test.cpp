#include "optimize/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "optimize/testing_shop.h"

namespace volant::optimize {
namespace {

using feedback::Arm;
using model::DecisionKind;

constexpr Micros kStart = 1'000'000 * kSecond;

// A controller that is told of impressions one by one, as the wheel would tell it.
class ControllerTest : public ::testing::Test {
  protected:
    ControllerTest() { reset(); }

    void reset() {
        controller_ = std::make_unique<Controller>(spec_);
        registry_ = std::make_unique<model::Registry>(spec_);
    }
    void version() {
        model::VersionRecord version;
        version.model = "shelf";
        registry_->version(version, {.known_at = now_, .clear = {}, .sealed = {}});
    }
    void decide(DecisionKind kind, std::uint32_t version) {
        const model::DecisionRecord decision{kind, "shelf", version, 0, "test", "", {}};
        registry_->decision(decision, {.known_at = now_, .clear = {}, .sealed = {}});
        controller_->decided(0, decision, now_);
    }
    // A version in the gate, against the baseline.
    void open_gate() {
        version();
        decide(DecisionKind::kGate, 1);
    }
    void promote() {
        version();
        decide(DecisionKind::kPromote, 1);
    }
    void judge(const std::string& subject, Arm arm, double outcome, double baseline_loss = 1,
               std::optional<double> version_loss = {}) {
        closed_.lsn += 3;
        closed_.model = 0;
        closed_.subject = subject;
        closed_.arm = arm;
        closed_.predicted_at = now_;
        closed_.closed_at = now_;
        deploy::Judged judged{closed_, 0, outcome, baseline_loss, {}};
        if (version_loss) judged.version_losses.emplace_back(1, *version_loss);
        controller_->judged(judged, registry_->model(0));
    }
    std::vector<model::DecisionRecord> pending() const {
        return controller_->pending(*registry_, now_);
    }
    spec::LoopDecl& loop() { return spec_.models[0].loop; }
    static double number(const model::DecisionRecord& decision, std::string_view name) {
        for (const auto& [key, value] : decision.numbers) {
            if (key == name) return value;
        }
        ADD_FAILURE() << "no number " << name;
        return NAN;
    }
    // What at most alpha of `runs` may do, with three standard deviations of luck.
    static double at_most(double alpha, double runs) {
        return alpha * runs + 3 * std::sqrt(runs * alpha * (1 - alpha));
    }

    spec::Spec spec_ = testing::shop_spec([](spec::LoopDecl& loop) {
        loop.retrain = {};
        loop.gate.outcomes = 400;
    });
    Micros now_ = kStart;
    std::unique_ptr<Controller> controller_;
    std::unique_ptr<model::Registry> registry_;
    feedback::Closed closed_;
};

TEST_F(ControllerTest, NothingIsDecidedWithoutACause) {
    EXPECT_TRUE(pending().empty());
    for (int i = 0; i < 2'000; ++i) judge("u" + std::to_string(i), Arm::kLearned, 0);
    EXPECT_TRUE(pending().empty());
}

TEST_F(ControllerTest, ABetterCandidateIsPromotedAtExactlyTheAskedOutcomes) {
    open_gate();
    Random random(1);
    for (int i = 0; i < 400; ++i) {
        EXPECT_TRUE(pending().empty()) << i;
        judge("u" + std::to_string(i % 100), Arm::kBaseline, 0, 1, 0.9 + 0.01 * random.normal());
    }
    ASSERT_EQ(pending().size(), 1u);
    const model::DecisionRecord decision = pending()[0];
    EXPECT_EQ(decision.kind, DecisionKind::kPromote);
    EXPECT_EQ(decision.version, 1u);
    EXPECT_NEAR(number(decision, "loss_difference"), -0.1, 0.01);
    EXPECT_LT(number(decision, "loss_difference_high"), 0);
    EXPECT_EQ(number(decision, "impressions"), 400);
    EXPECT_EQ(number(decision, "subjects"), 100);
}

// Impressions of nobody in particular: as one subject's they would say nothing, however many.
TEST_F(ControllerTest, AnswersWithoutASubjectStandForThemselves) {
    open_gate();
    Random random(1);
    for (int i = 0; i < 400; ++i) judge("", Arm::kBaseline, 0, 1, 0.9 + 0.01 * random.normal());
    ASSERT_EQ(pending().size(), 1u);
    EXPECT_EQ(pending()[0].kind, DecisionKind::kPromote);
    EXPECT_GT(number(pending()[0], "subjects"), 300);
    const measure::Estimate arm =
        controller_->figures(0).arms[static_cast<std::size_t>(Arm::kBaseline)].total.estimate();
    EXPECT_TRUE(std::isfinite(arm.high));
}

TEST_F(ControllerTest, WhatComesAfterTheLookChangesNothing) {
    open_gate();
    Random random(1);
    for (int i = 0; i < 400; ++i) judge("u" + std::to_string(i), Arm::kBaseline, 0, 1, 1.1);
    for (int i = 0; i < 4'000; ++i) judge("u" + std::to_string(i), Arm::kBaseline, 0, 1, 0.1);
    ASSERT_EQ(pending().size(), 1u);
    EXPECT_EQ(pending()[0].kind, DecisionKind::kRefuse);
    EXPECT_NEAR(number(pending()[0], "loss_difference"), 0.1, 1e-9);
}

TEST_F(ControllerTest, ACandidateThatNobodyMeetsIsRefusedInTheEnd) {
    open_gate();
    for (int i = 0; i < 399; ++i) judge("u" + std::to_string(i), Arm::kBaseline, 0, 1, 0.5);
    now_ += loop().gate.patience - 1;
    EXPECT_TRUE(pending().empty());
    now_ += 1;
    ASSERT_EQ(pending().size(), 1u);
    EXPECT_EQ(pending()[0].kind, DecisionKind::kRefuse);
}

TEST_F(ControllerTest, WithoutAutoPromoteTheControllerOnlyCounts) {
    loop().auto_promote = false;
    reset();
    open_gate();
    for (int i = 0; i < 400; ++i) judge("u" + std::to_string(i), Arm::kBaseline, 0, 1, 0.5);
    EXPECT_TRUE(pending().empty());
    EXPECT_EQ(controller_->figures(0).gate.count(), 400);
}

// Candidates that are no better and no worse: each subject has an opinion, and on the whole nobody.
TEST_F(ControllerTest, ACandidateThatIsNotBetterPassesAtMostAlphaOfTheTime) {
    constexpr int kRuns = 400;
    int promoted = 0;
    for (int run = 0; run < kRuns; ++run) {
        reset();
        open_gate();
        Random random(static_cast<std::uint64_t>(run));
        std::vector<double> opinions(50);
        for (double& opinion : opinions) opinion = 0.2 * random.normal();
        for (int i = 0; i < 400; ++i) {
            const std::uint64_t subject = random.below(opinions.size());
            judge("u" + std::to_string(subject), Arm::kBaseline, 0, 1,
                  1 + opinions[subject] + 0.3 * random.normal());
        }
        ASSERT_EQ(pending().size(), 1u);
        promoted += pending()[0].kind == DecisionKind::kPromote;
    }
    EXPECT_LE(promoted, at_most(loop().gate.alpha, kRuns));
    EXPECT_GE(promoted, 1);  // a gate that never opens proves nothing
}

TEST_F(ControllerTest, AWorseLiveVersionIsRolledBackByTheHoldback) {
    promote();
    Random random(1);
    int impressions = 0;
    while (pending().empty() && impressions < 20'000) {
        ++impressions;
        const bool held = random.chance(0.3);
        judge("u" + std::to_string(random.below(200)), held ? Arm::kBaseline : Arm::kLearned,
              random.chance(held ? 0.3 : 0.2));
    }
    ASSERT_EQ(pending().size(), 1u);
    const model::DecisionRecord decision = pending()[0];
    EXPECT_EQ(decision.kind, DecisionKind::kRollback);
    EXPECT_EQ(decision.version, 0u);
    EXPECT_EQ(decision.from, 1u);
    EXPECT_LT(number(decision, "outcome_difference_high"), 0);
    EXPECT_LT(impressions, 5'000);
}

TEST_F(ControllerTest, WhatWasAnsweredBeforeThePromotionDoesNotCount) {
    promote();
    now_ -= kHour;
    for (int i = 0; i < 3'000; ++i)
        judge("u" + std::to_string(i), i % 2 == 0 ? Arm::kLearned : Arm::kBaseline, i % 2);
    EXPECT_TRUE(pending().empty());
    const auto& arms = controller_->figures(0).arms;
    EXPECT_EQ(arms[0].total.count(), 1'500);
    EXPECT_EQ(arms[0].since_promotion.count(), 0);
}

// Both arms alike, and everybody's mood falls to a third: nobody's fault.
TEST_F(ControllerTest, DriftOfBothArmsRollsBackAtMostAlphaOfTheTime) {
    constexpr int kRuns = 200;
    int rolled_back = 0;
    for (int run = 0; run < kRuns; ++run) {
        reset();
        promote();
        Random random(static_cast<std::uint64_t>(run));
        std::vector<double> moods(80);
        for (double& mood : moods) mood = 0.1 + 0.4 * random.uniform();
        for (int i = 0; i < 3'000; ++i) {
            const std::uint64_t subject = random.below(moods.size());
            judge("u" + std::to_string(subject), subject % 3 == 0 ? Arm::kBaseline : Arm::kLearned,
                  random.chance(moods[subject] * (i < 1'000 ? 1.0 : 0.33)));
        }
        rolled_back += !pending().empty();
    }
    EXPECT_LE(rolled_back, at_most(loop().gate.alpha, kRuns));
}

TEST_F(ControllerTest, RetrainsAfterSoManyOutcomes) {
    loop().retrain.or_after = 100;
    reset();
    for (int i = 0; i < 99; ++i) judge("u", Arm::kBaseline, 0);
    EXPECT_TRUE(pending().empty());
    judge("u", Arm::kBaseline, 0);
    ASSERT_EQ(pending().size(), 1u);
    EXPECT_EQ(pending()[0].kind, DecisionKind::kRetrain);
    decide(DecisionKind::kRetrain, 0);
    EXPECT_TRUE(pending().empty());
}

TEST_F(ControllerTest, RetrainsByTheScheduleOnceThereIsSomethingToLearn) {
    loop().retrain.every = kDay;
    reset();
    for (int i = 0; i < 49; ++i) judge("u", Arm::kBaseline, 0);
    now_ += 10 * kDay;
    EXPECT_TRUE(pending().empty());
    judge("u", Arm::kBaseline, 0);
    ASSERT_EQ(pending().size(), 1u);
    decide(DecisionKind::kRetrain, 0);
    for (int i = 0; i < 60; ++i) judge("u", Arm::kBaseline, 0);
    now_ += kDay - 1;
    EXPECT_TRUE(pending().empty());
    now_ += 1;
    EXPECT_EQ(pending().size(), 1u);
}

TEST_F(ControllerTest, DoesNotRetrainWhileACandidateWaits) {
    loop().retrain.or_after = 100;
    loop().gate.outcomes = 1'000'000;
    reset();
    open_gate();
    for (int i = 0; i < 1'000; ++i) judge("u", Arm::kBaseline, 0, 1, 1);
    EXPECT_TRUE(pending().empty());
}

TEST_F(ControllerTest, RetrainsWhenTheLossHasRisen) {
    loop().retrain.score_drop = 0.2;
    reset();
    promote();
    for (int i = 0; i < 12'000; ++i) judge("u", Arm::kLearned, 0, 1, 0.5);
    EXPECT_TRUE(pending().empty());
    for (int i = 0; i < 12'000; ++i) judge("u", Arm::kLearned, 0, 1, 0.8);
    ASSERT_EQ(pending().size(), 1u);
    EXPECT_EQ(pending()[0].why, "the recent loss has risen");
}

// As weights that have run away would bring it: one figure must not end all judging.
TEST_F(ControllerTest, ALossThatIsNoNumberLeavesEveryMeanFinite) {
    const auto judge_absurdly = [&] {
        for (const double absurd : {1e200, HUGE_VAL, -HUGE_VAL, static_cast<double>(NAN)}) {
            for (int i = 0; i < 40; ++i) {
                const std::string user = "u" + std::to_string(i);
                const double loss = i % 3 == 0 ? absurd : 1;
                judge(user, Arm::kLearned, i % 2 == 0 ? absurd : 1, absurd, loss);
                judge(user, Arm::kBaseline, 1, 1, 1);
            }
        }
    };
    open_gate();
    judge_absurdly();
    EXPECT_TRUE(std::isfinite(controller_->figures(0).gate.estimate().high));
    decide(DecisionKind::kPromote, 1);
    judge_absurdly();
    const ModelFigures& figures = controller_->figures(0);
    EXPECT_TRUE(std::isfinite(figures.recent_loss));
    EXPECT_TRUE(std::isfinite(figures.progressive_sum));
    for (const ArmFigures& arm : figures.arms) {
        EXPECT_TRUE(std::isfinite(arm.total.mean()));
        EXPECT_TRUE(std::isfinite(arm.since_promotion.mean()));
    }
    for (const Arm arm : {Arm::kLearned, Arm::kBaseline})
        EXPECT_TRUE(std::isfinite(
            figures.arms[static_cast<std::size_t>(arm)].since_promotion.standard_error()));
}

TEST_F(ControllerTest, GoesOnFromItsSnapshot) {
    promote();
    version();
    decide(DecisionKind::kGate, 2);
    Random random(1);
    for (int i = 0; i < 700; ++i)
        judge("u" + std::to_string(i % 90), static_cast<Arm>(i % 3), random.uniform(), 1,
              random.uniform());
    std::string bytes, again;
    controller_->snapshot(bytes);
    Controller restored(spec_);
    ASSERT_TRUE(restored.restore(bytes).ok());
    restored.snapshot(again);
    EXPECT_TRUE(bytes == again);
    for (std::size_t size = 0; size < bytes.size(); size += 7)
        EXPECT_FALSE(Controller(spec_).restore(std::string_view(bytes).substr(0, size)).ok());
}

}  // namespace
}  // namespace volant::optimize
