#include "train/train_vw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "core/random.h"

namespace volant::train {
namespace {

using testing::HasSubstr;

class TrainVwTest : public testing::Test {
  protected:
    std::string write(const std::string& text) {
        const std::string path = testing::TempDir() + "train_vw_" + std::to_string(::getpid()) +
                                 "_" + std::to_string(count_++) + ".vw";
        std::ofstream(path, std::ios::binary) << text;
        paths_.push_back(path);
        return path;
    }
    void TearDown() override {
        for (const std::string& path : paths_) std::filesystem::remove(path);
    }
    static std::string learnable(int lines) {
        Random random(1);
        std::string text;
        for (int i = 0; i < lines; ++i) {
            const std::uint64_t category = random.below(20);
            const bool likes = random.chance(category % 2 == 0 ? 0.9 : 0.1);
            text += std::string(likes ? "1" : "-1") + " |c c" + std::to_string(category) +
                    " |n x:" + std::to_string(random.uniform()) + "\n";
        }
        return text;
    }

  private:
    int count_ = 0;
    std::vector<std::string> paths_;
};

TEST_F(TrainVwTest, LearnsAndReportsTheLossBeforeEachUpdate) {
    const auto training = train_vw_file(write(learnable(4000)), spec::LearnerDecl{});
    ASSERT_TRUE(training.ok()) << training.error().message;
    EXPECT_EQ(training->report.examples, 4000u);
    EXPECT_EQ(training->report.terms, 12000u);
    // The entropy of a coin of 0.9 is 0.325.
    EXPECT_LT(training->report.loss, 0.40);
    EXPECT_GT(training->report.loss, 0.30);
    EXPECT_EQ(training->model->examples(), 4000u);
}

TEST_F(TrainVwTest, BlocksDoNotShow) {
    // Many blocks, a line longer than a block, and no line feed at the end.
    std::string text = learnable(6000) + "1 |long";
    for (int i = 0; i < 30000; ++i) text += " f" + std::to_string(i);
    text += "\n" + learnable(10);
    text.pop_back();
    spec::LearnerDecl learner;
    const auto training = train_vw_file(write(text), learner);
    ASSERT_TRUE(training.ok()) << training.error().message;
    EXPECT_EQ(training->report.examples, 6011u);
    EXPECT_EQ(training->report.terms, 6010u * 3 + 30001);
}

TEST_F(TrainVwTest, PassesReadTheFileAgain) {
    spec::LearnerDecl learner;
    learner.passes = 3;
    std::vector<std::uint64_t> seen;
    const std::string path = write(learnable(500));
    const auto training =
        train_vw_file(path, learner, [&](std::uint64_t read, std::uint64_t total) {
            EXPECT_EQ(total, 3 * std::filesystem::file_size(path));
            seen.push_back(read);
            return true;
        });
    ASSERT_TRUE(training.ok());
    EXPECT_EQ(training->report.examples, 1500u);
    EXPECT_EQ(seen.back() % std::filesystem::file_size(path), 0u);
}

TEST_F(TrainVwTest, ImportanceWeighsTheReport) {
    const auto training = train_vw_file(write("1 2 |a x\n-1 0 |a y\n|a x\n"), spec::LearnerDecl{});
    ASSERT_TRUE(training.ok());
    EXPECT_EQ(training->report.examples, 1u);
    EXPECT_EQ(training->report.unlabelled, 2u) << "without a label, or without importance";
    EXPECT_EQ(training->report.weight, 2);
    EXPECT_NEAR(training->report.loss, std::log(2.0), 1e-9);
}

TEST_F(TrainVwTest, RefusesLabelsThatTheLossHasNoUseFor) {
    const auto logistic = train_vw_file(write("1 |a x\n3 |a x\n"), spec::LearnerDecl{});
    ASSERT_FALSE(logistic.ok());
    EXPECT_EQ(logistic.error().code, Code::kOutOfRange);
    EXPECT_THAT(logistic.error().message, HasSubstr("line 2"));
    spec::LearnerDecl poisson;
    poisson.loss = spec::Loss::kPoisson;
    EXPECT_EQ(train_vw_file(write("-1 |a x\n"), poisson).error().code, Code::kOutOfRange);
}

TEST_F(TrainVwTest, SaysWhichFileAndCancels) {
    EXPECT_THAT(train_vw_file("/nowhere/x.vw", spec::LearnerDecl{}).error().message,
                HasSubstr("/nowhere/x.vw"));
    const auto stop = [](std::uint64_t, std::uint64_t) { return false; };
    EXPECT_EQ(train_vw_file(write(learnable(10)), spec::LearnerDecl{}, stop).error().code,
              Code::kCancelled);
}

}  // namespace
}  // namespace volant::train
