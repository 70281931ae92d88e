#include "train/linear_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "core/random.h"

namespace volant::train {
namespace {

using testing::HasSubstr;

spec::ModelDecl model_of(const std::string& more = {}, const std::string& task = "classify") {
    const auto spec = spec::parse_spec("entities: {user: {}}\nmodels: {m: {decide: {" + task +
                                       ": user}, inputs: {x: int}" + more + "}}");
    VOLANT_CHECK(spec.ok());
    return spec->models[0];
}

// Examples in a file: each names one of ten pages, and the page decides what comes.
class LinearJobTest : public testing::Test {
  protected:
    LinearJobTest() {
        dir_ = testing::TempDir() + "linear_job_XXXXXX";
        EXPECT_NE(::mkdtemp(dir_.data()), nullptr);
        auto file = ExampleFile::create(dir_);
        VOLANT_CHECK(file.ok());
        examples_ = std::move(*file);
    }
    ~LinearJobTest() override { std::filesystem::remove_all(dir_); }

    void add(std::uint32_t page, double label, std::uint64_t cluster) {
        Example example;
        example.label = label;
        example.baseline = 0.5;
        example.cluster = example.answer = cluster;
        example.terms = {{1, 1}, {100 + page, 1}};
        ASSERT_TRUE(examples_->add(example).ok());
    }
    // `noise`: how often the label is the other one.
    void fill(int count, double noise, std::uint64_t seed = 1) {
        Random random(seed);
        for (int i = 0; i < count; ++i) {
            const auto page = static_cast<std::uint32_t>(random.below(10));
            const bool good = (page < 5) != random.chance(noise);
            add(page, good ? 1 : 0, static_cast<std::uint64_t>(i));
        }
    }
    Result<Trained> train(const spec::ModelDecl& model, double holdout = 0.2) {
        spec::TrainingDecl training;
        training.holdout = holdout;
        return train_linear(
            model, training, *examples_,
            [this](const JobProgress& progress) { reports_.push_back(progress); }, cancelled_);
    }
    static const model::Score& score(const Trained& trained, std::string_view name) {
        for (const model::Score& score : trained.scores)
            if (score.name == name) return score;
        ADD_FAILURE() << "no score " << name;
        return trained.scores.at(0);
    }
    static std::string weights(const Trained& trained) {
        std::string bytes;
        trained.weights->save(bytes);
        return bytes;
    }

    std::string dir_;
    std::unique_ptr<ExampleFile> examples_;
    std::vector<JobProgress> reports_;
    std::atomic<bool> cancelled_{false};
};

TEST_F(LinearJobTest, LearnsWhatThereIsToLearnAndSaysHowWell) {
    fill(5'000, 0.1);
    const auto trained = train(model_of());
    ASSERT_TRUE(trained.ok()) << trained.error().message;
    const double least = -(0.9 * std::log(0.9) + 0.1 * std::log(0.1));
    EXPECT_NEAR(score(*trained, "log_loss").value, least, 0.06);
    EXPECT_NEAR(score(*trained, "log_loss").baseline, std::log(2.0), 1e-9);
    EXPECT_NEAR(score(*trained, "auc").value, 0.9, 0.03);
    EXPECT_LT(trained->offline_difference.high, 0);
    EXPECT_EQ(trained->examples, 5'000u);
    EXPECT_EQ(trained->weights->examples(), 5'000u) << "what was set aside is learned in the end";
    const std::vector<model::Term> good = {{1, 1}, {100, 1}}, bad = {{1, 1}, {109, 1}};
    EXPECT_GT(trained->weights->predict(good), 0.75);
    EXPECT_LT(trained->weights->predict(bad), 0.25);
}

TEST_F(LinearJobTest, OfNoiseItClaimsNothing) {
    int claimed = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        auto file = ExampleFile::create(dir_);
        ASSERT_TRUE(file.ok());
        examples_ = std::move(*file);
        fill(400, 0.5, seed);
        const auto trained = train(model_of());
        ASSERT_TRUE(trained.ok()) << trained.error().message;
        claimed += trained->offline_difference.high < 0;
    }
    EXPECT_LE(claimed, 6);  // alpha is 0.05: 2 expected, three standard deviations of luck
}

// The score is of examples that the weights have not seen: what only the last ones teach is not in
// it.
TEST_F(LinearJobTest, WhatIsSetAsideIsNotSeenBefore) {
    Random random(1);
    for (int i = 0; i < 1'000; ++i) {
        const bool late = i >= 800;
        const bool good = random.chance(0.5);
        add(late ? (good ? 8 : 9) : static_cast<std::uint32_t>(random.below(2)), good ? 1 : 0,
            static_cast<std::uint64_t>(i));
    }
    const auto trained = train(model_of());
    ASSERT_TRUE(trained.ok()) << trained.error().message;
    EXPECT_NEAR(score(*trained, "auc").value, 0.5, 1e-9) << "pages 8 and 9 are new to it";
    const std::vector<model::Term> eight = {{1, 1}, {108, 1}}, nine = {{1, 1}, {109, 1}};
    EXPECT_GT(trained->weights->predict(eight), trained->weights->predict(nine));
}

TEST_F(LinearJobTest, TheSameExamplesGiveTheSameBytes) {
    fill(2'000, 0.2);
    for (const char* learner :
         {"", ", learner: {passes: 3}", ", learner: {passes: 9, early_stop: 1}",
          ", learner: {optimizer: ftrl}"}) {
        const auto one = train(model_of(learner)), other = train(model_of(learner));
        ASSERT_TRUE(one.ok() && other.ok()) << learner;
        EXPECT_EQ(weights(*one), weights(*other)) << learner;
        ASSERT_EQ(one->scores.size(), other->scores.size());
        for (std::size_t i = 0; i < one->scores.size(); ++i) {
            EXPECT_EQ(one->scores[i].value, other->scores[i].value) << learner;
            EXPECT_EQ(one->scores[i].high, other->scores[i].high) << learner;
        }
    }
}

TEST_F(LinearJobTest, EarlyStoppingEndsWherePassesNoLongerHelp) {
    Random random(1);  // nothing to learn, and much to learn by heart
    for (std::uint64_t i = 0; i < 300; ++i)
        add(static_cast<std::uint32_t>(random.below(100)), random.chance(0.5) ? 1 : 0, i);
    const auto all = train(model_of(", learner: {passes: 50}"));
    const auto stopped = train(model_of(", learner: {passes: 50, early_stop: 2}"));
    ASSERT_TRUE(all.ok() && stopped.ok());
    EXPECT_EQ(all->passes, 50u);
    EXPECT_LT(stopped->passes, 50u);
    EXPECT_GE(stopped->passes, 1u);
}

TEST_F(LinearJobTest, TooFewExamplesAreCounted) {
    fill(19, 0.2);
    const auto trained = train(model_of());
    ASSERT_FALSE(trained.ok());
    EXPECT_EQ(trained.error().code, Code::kConflict);
    EXPECT_THAT(trained.error().message, HasSubstr("found 19 examples"));
    EXPECT_THAT(trained.error().message, HasSubstr("at least 20"));
    add(1, 1, 20);
    add(1, 0, 21);
    EXPECT_TRUE(train(model_of()).ok());
}

TEST_F(LinearJobTest, OneKindOfOutcomeTeachesNoClassifier) {
    for (std::uint64_t i = 0; i < 100; ++i) add(1, 0, i);
    const auto trained = train(model_of());
    ASSERT_FALSE(trained.ok());
    EXPECT_EQ(trained.error().code, Code::kConflict);
    EXPECT_THAT(trained.error().message, HasSubstr("the same outcome"));
    EXPECT_TRUE(train(model_of("", "regress")).ok()) << "a number may be constant";
}

TEST_F(LinearJobTest, HoweverMuchIsSetAsideAllIsLearned) {
    fill(100, 0.2);
    for (const double holdout : {0.01, 0.5, 0.9}) {
        const auto trained = train(model_of(), holdout);
        ASSERT_TRUE(trained.ok()) << holdout << ": " << trained.error().message;
        EXPECT_EQ(trained->weights->examples(), 100u);
    }
}

TEST_F(LinearJobTest, IsCancelledWithinOneReport) {
    fill(25'000, 0.2);
    cancelled_ = true;
    const auto trained = train(model_of(", learner: {passes: 1000}"));
    ASSERT_FALSE(trained.ok());
    EXPECT_EQ(trained.error().code, Code::kCancelled);
    EXPECT_LE(reports_.size(), 1u);
}

TEST_F(LinearJobTest, ReportsAscendToTheTotal) {
    fill(25'000, 0.2);
    ASSERT_TRUE(train(model_of(", learner: {passes: 3}")).ok());
    ASSERT_GT(reports_.size(), 3u);
    for (std::size_t i = 1; i < reports_.size(); ++i) {
        EXPECT_GE(reports_[i].done, reports_[i - 1].done);
        EXPECT_LE(reports_[i].done, reports_[i].total);
    }
    EXPECT_EQ(reports_.back().done, reports_.back().total);
}

}  // namespace
}  // namespace volant::train
