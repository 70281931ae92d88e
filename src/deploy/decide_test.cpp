#include "deploy/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/random.h"
#include "deploy/testing.h"

namespace volant::deploy {
namespace {

using feedback::Arm;
using ::testing::HasSubstr;
using testing::kReturns;
using testing::kShelf;
using testing::kStart;
using testing::Shop;
using testing::shop_yaml;

std::string bytes_of(const feedback::Prediction& prediction) {
    std::string clear, sealed;
    feedback::encode_prediction(prediction, clear, sealed);
    return clear + "|" + sealed;
}

std::unique_ptr<Answer> good(const Shop& shop, const Question& question, std::uint64_t seed = 1) {
    auto answer = decide(shop.world(), question, kStart, shop.lsn, seed);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return answer.ok() ? std::move(*answer) : nullptr;
}

// Weights that know one book from another.
model::LinearModel weights_for(const Shop& shop, const std::string& liked) {
    model::LinearModel weights(shop.spec.models[kShelf].learner);
    const model::Columns columns(shop.spec, kShelf);
    std::vector<model::Term> terms;
    for (int i = 0; i < 50; ++i) {
        for (const char* book : {"a", "b", "c"}) {
            columns.terms(std::vector<Value>{"phone", "u1", book, 0, 0}, 0, terms);
            weights.learn(terms, book == liked ? 1 : 0);
        }
    }
    return weights;
}

TEST(ArmOf, SubjectsKeepTheirArmAndSharesAreShares) {
    auto spec =
        *spec::parse_spec(shop_yaml("holdback: 0.2, random: 0.1", "holdback: 0.2, random: 0.1"));
    constexpr int kSubjects = 20'000;
    std::map<Arm, int> count;
    int differ = 0;
    for (int i = 0; i < kSubjects; ++i) {
        const std::string subject = "u" + std::to_string(i);
        const Arm arm = arm_of(spec.models[kShelf], subject, 1);
        EXPECT_EQ(arm_of(spec.models[kShelf], subject, 2), arm) << "the seed is not asked";
        differ += arm_of(spec.models[kReturns], subject, 1) != arm;
        ++count[arm];
    }
    EXPECT_NEAR(count[Arm::kBaseline], 0.2 * kSubjects, 200);
    EXPECT_NEAR(count[Arm::kRandom], 0.1 * kSubjects, 150);
    // Of two models the arms are independent: 1 - (0.7^2 + 0.2^2 + 0.1^2).
    EXPECT_NEAR(differ, 0.46 * kSubjects, 250);
}

TEST(ArmOf, WithoutASubjectTheSeedDecides) {
    auto spec = *spec::parse_spec(shop_yaml("holdback: 0.5"));
    int held = 0;
    for (std::uint64_t seed = 0; seed < 4'000; ++seed)
        held += arm_of(spec.models[kShelf], "", seed) == Arm::kBaseline;
    EXPECT_NEAR(held, 2'000, 120);
}

TEST(Decide, BeginsWithTheBaselineAsVersionNought) {
    Shop shop;
    const auto answer = good(shop, shop.returning("u1"));
    EXPECT_EQ(answer->record.version, 0u);
    EXPECT_EQ(answer->record.shown.size(), 1u);
    EXPECT_EQ(answer->record.shown[0].score, 0.5) << "the prior";
    EXPECT_EQ(answer->record.shown[0].propensity, 1);
}

TEST(Decide, WhatServesScoresAndIsNamed) {
    Shop shop;
    shop.weights.keep(1, weights_for(shop, "b"));
    shop.serve(kShelf, 1);
    const auto answer = good(shop, shop.ranking("u1", {"a", "b", "c"}));
    EXPECT_EQ(answer->record.version, 1u);
    EXPECT_EQ(answer->record.shown[0].item, "b");
    EXPECT_GT(answer->record.shown[0].score, answer->record.shown[1].score);
}

// A package that cannot be read must not keep anybody from an answer.
TEST(Decide, AVersionWithoutItsWeightsIsAnsweredByTheBaseline) {
    Shop shop;
    shop.serve(kShelf, 1);
    const auto answer = good(shop, shop.ranking("u1", {"a", "b"}));
    EXPECT_EQ(shop.registry.model(kShelf).live, 1u);
    EXPECT_EQ(answer->record.version, 0u) << "and it says so";
}

TEST(Decide, TheHoldbackIsThePlainBaselineAndTheRandomArmIsRandom) {
    const std::vector<std::string> books = {"a", "b", "c", "d", "e"};
    Shop held(shop_yaml("explore: 0.5"));
    held.spec.models[kShelf].loop.holdback = 1;
    const auto plain = good(held, held.ranking("u1", books));
    EXPECT_EQ(plain->record.arm, Arm::kBaseline);
    for (const feedback::Shown& shown : plain->record.shown) EXPECT_EQ(shown.propensity, 1);
    Shop random;
    random.spec.models[kShelf].loop.random = 1;
    std::set<std::string> first;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto answer = good(random, random.ranking("u1", books), seed);
        EXPECT_EQ(answer->record.arm, Arm::kRandom);
        for (std::size_t place = 0; place < books.size(); ++place)
            EXPECT_DOUBLE_EQ(answer->record.shown[place].propensity,
                             1.0 / static_cast<double>(books.size() - place));
        first.insert(std::string(answer->record.shown[0].item));
    }
    EXPECT_EQ(first.size(), books.size());
}

TEST(Decide, ReturnsAtMostKAndHashesTheRowsOfAll) {
    Shop shop;
    const auto before = good(shop, shop.ranking("u1", {"a", "b", "c"}, 1));
    EXPECT_EQ(before->record.shown.size(), 1u);
    EXPECT_EQ(before->record.candidates_count, 3u);
    const std::string shown(before->record.shown[0].item);
    shop.open("u2", shown == "c" ? "b" : "c");  // changes a row that is not returned
    const auto after = good(shop, shop.ranking("u1", {"a", "b", "c"}, 1));
    EXPECT_EQ(after->record.shown[0].item, shown);
    EXPECT_EQ(after->record.shown[0].row, before->record.shown[0].row);
    EXPECT_NE(after->record.rows_hash, before->record.rows_hash);
    EXPECT_EQ(good(shop, shop.ranking("u1", {"a"}, 100))->record.shown.size(), 1u);
    EXPECT_TRUE(good(shop, shop.ranking("u1", {}))->record.shown.empty());
}

TEST(Decide, TheLiveCatalogueHasABound) {
    Shop shop;
    for (std::size_t i = 0; i < kCatalogueMax; ++i) shop.open("u1", "b" + std::to_string(i));
    Question question = shop.ranking("u1", {});
    question.catalogue = true;
    EXPECT_EQ(good(shop, question)->record.candidates_count, kCatalogueMax);
    shop.open("u1", "one more");
    const auto refused = decide(shop.world(), question, kStart, shop.lsn, 1);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kOutOfRange);
    EXPECT_EQ(refused.error().field, "/candidates");
    EXPECT_THAT(refused.error().message, HasSubstr("2000"));
}

// Replay: what was logged is asked again, and the bytes are the same.
TEST(Decide, TheQuestionOfAnAnswerGivesTheAnswerAgain) {
    Shop shop(shop_yaml("explore: 0.3, holdback: 0.3, random: 0.2"));
    shop.weights.keep(1, weights_for(shop, "b"));
    shop.serve(kShelf, 1);
    Random random(1);
    for (int i = 0; i < 500; ++i) {
        const std::string user = "u" + std::to_string(random.below(20));
        shop.open(user, "b" + std::to_string(random.below(8)));
        Question question = random.chance(0.3) ? shop.returning(user) : shop.ranking(user, {});
        for (std::uint64_t n = random.below(6); question.model == kShelf && n > 0; --n)
            question.candidates.push_back("b" + std::to_string(n));
        question.catalogue = question.model == kShelf && random.chance(0.3);
        if (question.catalogue) question.candidates.clear();
        question.k = static_cast<std::uint32_t>(1 + random.below(5));
        if (random.chance(0.3)) question.inputs = {Value{}};
        question.id = random.chance(0.5) ? "p" + std::to_string(i) : "";
        const std::uint64_t seed = seed_of(shop.lsn + 1, 7);
        const std::string bytes = bytes_of(good(shop, question, seed)->record);
        ASSERT_EQ(bytes_of(good(shop, question, seed)->record), bytes);

        std::string clear, sealed;
        const auto answer = good(shop, question, seed);
        feedback::encode_prediction(answer->record, clear, sealed);
        log::Record record;
        record.clear = clear;
        record.sealed = sealed;
        feedback::Prediction logged;
        ASSERT_TRUE(feedback::decode_prediction(record, logged).ok());
        const auto again = question_of(shop.spec, logged);
        ASSERT_TRUE(again.ok()) << again.error().message;
        ASSERT_EQ(bytes_of(good(shop, *again, seed)->record), bytes);
    }
}

TEST(Decide, AModelThatIsGoneIsNamed) {
    Shop shop;
    feedback::Prediction prediction;
    prediction.model = "gone";
    const auto question = question_of(shop.spec, prediction);
    ASSERT_FALSE(question.ok());
    EXPECT_EQ(question.error().code, Code::kNotFound);
    EXPECT_THAT(question.error().message, HasSubstr("gone"));
}

TEST(SeedOf, PlacesAndWorkspacesHaveTheirOwn) {
    Random random(1);
    std::set<std::uint64_t> seeds;
    for (int workspace = 0; workspace < 10; ++workspace) {
        const std::uint64_t secret = random.next();
        for (log::Lsn lsn = 1; lsn <= 100; ++lsn) seeds.insert(seed_of(lsn, secret));
    }
    EXPECT_EQ(seeds.size(), 1'000u);
}

}  // namespace
}  // namespace volant::deploy
