// Does the wheel learn, and does it say so only when it does? Whole wheels on seeded shops whose
// truth is known. Where luck is part of the claim, many seeds are run and the bound is the claim's
// with three standard deviations of a binomial.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "optimize/testing_shop.h"

namespace volant::optimize {
namespace {

using feedback::Arm;
using testing::Shop;
using testing::shop_spec;
using testing::ShopOptions;

double at_most(double alpha, double runs) {
    return alpha * runs + 3 * std::sqrt(runs * alpha * (1 - alpha));
}

TEST(Honesty, RandomIsBeatenByPopularityAndPopularityByWhatWasLearned) {
    Shop shop({.seed = 7, .users = 200}, shop_spec());
    shop.visits(6'000);
    ASSERT_GT(shop.wheel.registry().live, 0u);  // a version passed the gate
    const auto popular = shop.lift(Arm::kBaseline, Arm::kRandom);
    const auto learned = shop.lift(Arm::kLearned, Arm::kBaseline);
    EXPECT_GT(popular.low, 0) << popular.mean;
    EXPECT_GT(learned.low, 0) << learned.mean;
}

TEST(Honesty, WhereThereIsNothingToLearnTheLiftIsZero) {
    constexpr int kRuns = 20;
    int missed = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Shop shop({.seed = seed, .users = 60, .tastes = false}, shop_spec());
        shop.visits(700);
        const auto lift = shop.lift(Arm::kLearned, Arm::kBaseline);
        missed += lift.low > 0 || lift.high < 0;
    }
    EXPECT_LE(missed, at_most(0.05, kRuns));
}

TEST(Honesty, RandomAgainstRandomCoversZero) {
    constexpr int kRuns = 100;
    int covered = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Shop shop({.seed = seed, .users = 60}, shop_spec([](spec::LoopDecl& loop) {
                      loop = {};
                      loop.online = false;
                      loop.random = 1;
                  }));
        std::array<measure::ClusterSums, 2> halves;
        shop.bend = [&](double chance, const testing::Given& given) {
            EXPECT_EQ(given.arm, Arm::kRandom);
            return chance;
        };
        shop.visits(200, false);
        shop.close_shop();
        // The same arm, split by subject: as the controller compares arms.
        const measure::ClusterSums& all = shop.wheel.figures().arms[2].total;
        ASSERT_EQ(all.count(), 800);
        for (const auto& [subject, outcome] : shop.shown) halves[subject % 2].add(subject, outcome);
        const auto difference = measure::difference(halves[0], halves[1]);
        covered += difference.low <= 0 && difference.high >= 0;
    }
    EXPECT_GE(covered, 90);
}

TEST(Honesty, PermutedFeedbackGivesNoLift) {
    constexpr int kRuns = 15;
    int lifts = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Shop shop({.seed = seed, .users = 60, .permuted = true}, shop_spec());
        shop.visits(900);
        lifts += shop.lift(Arm::kLearned, Arm::kRandom).low > 0;
    }
    EXPECT_LE(lifts, at_most(0.025, kRuns));
}

// The candidate learned from labels that were dealt out anew; the gate sees it fresh. No room for
// luck is needed: alpha is the chance of one that is as good as what serves (controller_test.cpp),
// and this one is worse, since it follows noise.
TEST(Honesty, ACandidateTrainedOnShuffledLabelsPassesAtMostAlphaOfTheTime) {
    constexpr int kRuns = 200;
    int promoted = 0;
    const spec::Spec spec = shop_spec([](spec::LoopDecl& loop) {
        loop.retrain = {};
        loop.gate.outcomes = 200;
        loop.random = 0;
    });
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Shop shop({.seed = seed, .users = 30, .books = 6}, spec);
        shop.visits(60);
        auto examples = shop.wheel.examples(0);
        Random random(seed);
        for (std::size_t i = examples.size(); i > 1; --i)
            std::swap(examples[i - 1].label, examples[random.below(i)].label);
        auto trained = shop.wheel.train_on(0, examples);
        ASSERT_TRUE(trained) << "seed " << seed;
        shop.wheel.enter_gate(0, std::move(trained->weights));
        shop.visits(90);
        ASSERT_EQ(shop.wheel.registry().candidate, 0u) << "seed " << seed;
        promoted += shop.wheel.registry().live == 1;
    }
    EXPECT_LE(promoted, spec.models[0].loop.gate.alpha * kRuns);
}

// The same gate lets what really learned pass: the test above is not passed by refusing everything.
TEST(Honesty, ACandidateTrainedOnTheTruthPasses) {
    int promoted = 0;
    constexpr int kRuns = 5;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Shop shop({.seed = seed}, shop_spec([](spec::LoopDecl& loop) {
                      loop.retrain = {};
                      loop.gate.outcomes = 2'000;
                  }));
        shop.visits(2'500);
        auto trained = shop.wheel.train(0);
        ASSERT_TRUE(trained);
        shop.wheel.enter_gate(0, std::move(trained->weights));
        shop.visits(550);
        ASSERT_EQ(shop.wheel.registry().candidate, 0u);
        promoted += shop.wheel.registry().live == 1;
    }
    EXPECT_GE(promoted, kRuns - 1);
}

// A live version, put there by hand.
void promote_trained(Shop& shop) {
    auto trained = shop.wheel.train(0);
    ASSERT_TRUE(trained);
    const std::uint32_t version = shop.wheel.register_version(0, std::move(trained->weights));
    shop.wheel.decide({model::DecisionKind::kPromote, "shelf", version, 0, "user", "", {}});
}

spec::Spec without_retraining() {
    return shop_spec([](spec::LoopDecl& loop) { loop.retrain = {}; });
}

TEST(Honesty, AVersionWhoseRewardsTurnIsRolledBack) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        Shop shop({.seed = seed}, without_retraining());
        shop.visits(300);
        ASSERT_NO_FATAL_FAILURE(promote_trained(shop));
        // What the new version shows is what its users then do not want.
        shop.bend = [](double chance, const testing::Given& given) {
            return given.version == 1 ? 0.2 * chance : chance;
        };
        shop.visits(1'500);
        EXPECT_EQ(shop.wheel.registry().live, 0u) << "seed " << seed;
        EXPECT_EQ(shop.wheel.registry().served.size(), 2u);
        const auto& decisions = shop.wheel.wheel().decisions().all();
        EXPECT_EQ(decisions.back().decision.kind, model::DecisionKind::kRollback);
    }
}

TEST(Honesty, DriftThatHitsBothArmsRollsNothingBack) {
    constexpr int kRuns = 50;
    int rolled_back = 0;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Shop shop({.seed = seed, .users = 60, .tastes = false}, without_retraining());
        shop.visits(100);
        ASSERT_NO_FATAL_FAILURE(promote_trained(shop));
        shop.visits(150);
        shop.bend = [](double chance, const testing::Given&) { return 0.25 * chance; };
        shop.visits(350);
        rolled_back += shop.wheel.registry().live == 0;
    }
    EXPECT_LE(rolled_back, at_most(0.05, kRuns));
}

// From the bytes of the log alone, by the contract's words: the last showing gets the credit.
struct Recounted {
    std::array<double, kArms> clicks{}, impressions{};
};

Recounted recount(const std::deque<testing::Kept>& records, const spec::Spec& spec) {
    struct Showing {
        Micros at;
        std::size_t arm;
        bool clicked = false;
    };
    std::map<std::pair<std::string, std::string>, std::vector<Showing>> showings;
    Recounted out;
    for (const testing::Kept& kept : records) {
        if (kept.record.type == log::RecordType::kPrediction) {
            feedback::Prediction p;
            EXPECT_TRUE(feedback::decode_prediction(kept.record, p).ok());
            for (const feedback::Shown& shown : p.shown) {
                const auto arm = static_cast<std::size_t>(p.arm);
                showings[{std::string(p.subject), std::string(shown.item)}].push_back(
                    {kept.record.known_at, arm});
                ++out.impressions[arm];
            }
        } else if (kept.record.type == log::RecordType::kEvent) {
            collect::EventView event;
            EXPECT_TRUE(collect::decode_event(spec, kept.record, event).ok());
            if (event.type != "open") continue;
            auto& seen =
                showings[{std::string(event.entity(0)->id), std::string(event.entity(1)->id)}];
            for (auto showing = seen.rbegin(); showing != seen.rend(); ++showing) {
                if (event.event_time > showing->at + 10 * kMinute) break;
                if (!showing->clicked) ++out.clicks[showing->arm];
                showing->clicked = true;
                break;
            }
        }
    }
    return out;
}

TEST(Honesty, ClicksRecountedFromTheLogAreTheReportedOnes) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        Shop shop({.seed = seed, .users = 20}, shop_spec());  // few users: showings overlap
        shop.visits(1'000);
        shop.close_shop();
        const Recounted recounted = recount(shop.wheel.records(), shop.wheel.spec());
        for (std::size_t arm = 0; arm < kArms; ++arm) {
            const measure::ClusterSums& reported = shop.wheel.figures().arms[arm].total;
            EXPECT_EQ(reported.count(), recounted.impressions[arm]);
            EXPECT_NEAR(reported.mean() * reported.count(), recounted.clicks[arm], 1e-6);
        }
        EXPECT_GT(recounted.clicks[0], 0);
    }
}

}  // namespace
}  // namespace volant::optimize
