// Holds the linear learner to the `vowpalwabbit` package: AUC and log loss within 0.0001 on
// Criteo's clicks and on a made-up sample with heavy tails, with the same settings. The package's
// numbers are tests/reference/vw.json, made by make_vw.py beside it. Hashes and collisions are the
// same (vw_text_test holds them to the package's), roundings and inverse square roots are not.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/exact_math.h"
#include "core/files.h"
#include "core/input_file.h"
#include "core/json_reader.h"
#include "core/random.h"
#include "measure/classification.h"
#include "model/linear.h"
#include "train/vw_text.h"

namespace volant::train {
namespace {

constexpr double kTolerance = 0.0001;

std::string source_dir() {
    const char* source = std::getenv("VOLANT_SOURCE_DIR");
    return source == nullptr ? "" : source;
}

std::string data_dir() {
    const char* data = std::getenv("VOLANT_DATA");
    return data != nullptr ? data : source_dir() + "/../shared/data";
}

struct Reference {
    double auc = 0;
    double log_loss = 0;
};

Reference read_reference(const std::string& name) {
    Reference reference;
    const auto text = read_file(source_dir() + "/tests/reference/vw.json");
    EXPECT_TRUE(text.ok());
    json::Document document;
    auto root = document.parse(*text);
    EXPECT_TRUE(root.ok());
    const Status status = root->object([&](std::string_view key, json::Item item) -> Status {
        if (key != name) return item.raw().ok() ? Status{} : fail(Code::kInvalidJson, "raw");
        return item.object([&](std::string_view metric, json::Item value) -> Status {
            VOLANT_TRY(const double number, value.number());
            if (metric == "auc") reference.auc = number;
            if (metric == "log_loss") reference.log_loss = number;
            return {};
        });
    });
    EXPECT_TRUE(status.ok()) << status.error().message;
    EXPECT_GT(reference.auc, 0.5) << name << " is not in vw.json";
    return reference;
}

struct Sample {
    std::string train;
    std::string test;
};

std::string criteo_text(const std::string& path) {
    auto file = InputFile::open(path);
    EXPECT_TRUE(file.ok());
    std::string rows;
    std::vector<char> piece(1 << 16);
    for (std::size_t read = 1; read > 0;) {
        read = file->read(piece.data(), piece.size()).value();
        rows.append(piece.data(), read);
    }
    std::string text;
    int column = 0;
    std::string cell;
    for (const char c : rows) {
        if (c != '\t' && c != '\n') {
            cell += c;
            continue;
        }
        if (column == 0) text += (cell == "1" ? "1" : "-1") + std::string(" |i");
        if (column == 14) text += " |c";
        if (column > 0 && column < 14 && !cell.empty())
            text += " i" + std::to_string(column) + ":" + cell;
        if (column >= 14 && !cell.empty()) text += " c" + std::to_string(column) + "=" + cell;
        if (c == '\n') text += "\n";
        column = c == '\n' ? 0 : column + 1;
        cell.clear();
    }
    return text;
}

// The log-odds of a category: a fixed number in [-1, 1).
double effect(std::uint64_t key) {
    return static_cast<double>(Random::splitmix(key) >> 11) * 0x1.0p-52 - 1;
}

// make_vw.py's avazu_lines, draw by draw.
std::string avazu_text(Random& random, int lines) {
    constexpr std::uint64_t kSizes[] = {7, 7, 240, 4000, 20, 5000, 30, 20000, 200000, 6000, 5, 4};
    std::string text;
    for (int line = 0; line < lines; ++line) {
        std::string features;
        double logit = -1.6;
        std::uint64_t ids[12] = {};
        for (std::uint64_t field = 0; field < 12; ++field) {
            const double u = random.uniform();
            ids[field] =
                static_cast<std::uint64_t>(static_cast<double>(kSizes[field]) * (u * u * u));
            logit += 0.6 * effect(field << 32 | ids[field]);
            const auto letter = static_cast<char>('a' + field);
            features += std::string(" |") + letter + " " + letter + std::to_string(ids[field]);
        }
        logit += 1.2 * effect(std::uint64_t{1} << 48 | ids[0] << 16 | ids[4]);
        const bool label = random.uniform() < 1 / (1 + exact::exp(-logit));
        text += (label ? "1" : "-1") + features + "\n";
    }
    return text;
}

const Sample& avazu_sample() {
    static const Sample sample = [] {
        Random random(20141021);
        Sample made;
        made.train = avazu_text(random, 30000);
        made.test = avazu_text(random, 10000);
        return made;
    }();
    return sample;
}

using Visit = std::function<void(std::span<const model::Term> terms, double label)>;

void each_example(const std::string& text, const spec::LearnerDecl& learner, const Visit& visit) {
    VwParser parser(learner.interactions);
    parser.load(text);
    VwBatch batch;
    do {
        const Status status = parser.next(batch, 1000);
        ASSERT_TRUE(status.ok()) << status.error().message;
        for (std::size_t i = 0; i < batch.size(); ++i)
            visit(batch.terms_of(i), batch.examples[i].label == 1 ? 1 : 0);
    } while (batch.size() > 0);
}

void expect_near_reference(const std::string& name, const spec::LearnerDecl& learner,
                           const Sample& sample) {
    model::LinearModel model(learner);
    each_example(sample.train, learner,
                 [&](auto terms, double label) { model.learn(terms, label); });
    std::vector<double> predictions, labels;
    each_example(sample.test, learner, [&](auto terms, double label) {
        predictions.push_back(model.predict(terms));
        labels.push_back(label);
    });
    const Reference reference = read_reference(name);
    const double auc = measure::auc(predictions, labels).value();
    const double log_loss = measure::log_loss(predictions, labels).value();
    EXPECT_NEAR(auc, reference.auc, kTolerance);
    EXPECT_NEAR(log_loss, reference.log_loss, kTolerance);
    testing::Test::RecordProperty("auc", std::to_string(auc));
    testing::Test::RecordProperty("log_loss", std::to_string(log_loss));
    if (std::getenv("VOLANT_SHOW") != nullptr)
        std::printf("%s auc %.5f (%+.5f) log_loss %.5f (%+.5f)\n", name.c_str(), auc,
                    auc - reference.auc, log_loss, log_loss - reference.log_loss);
}

class CriteoTest : public testing::Test {
  protected:
    void SetUp() override {
        if (source_dir().empty()) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
        const std::string train = data_dir() + "/criteo_train.tsv.gz";
        if (!std::filesystem::exists(train)) GTEST_SKIP() << train << " is not there";
        sample_.train = criteo_text(train);
        sample_.test = criteo_text(data_dir() + "/criteo_test.tsv.gz");
    }
    spec::LearnerDecl learner_;
    Sample sample_;
};

TEST_F(CriteoTest, AdaptiveIsWhereVowpalWabbitIs) {
    expect_near_reference("criteo", learner_, sample_);
}

TEST_F(CriteoTest, AWideTableIsWhereVowpalWabbitsIs) {
    learner_.bits = 24;
    expect_near_reference("criteo_wide", learner_, sample_);
}

TEST_F(CriteoTest, L1AndL2AreWhereVowpalWabbitsAre) {
    spec::LearnerDecl l1 = learner_;
    l1.l1 = 1e-6;
    expect_near_reference("criteo_l1", l1, sample_);
    spec::LearnerDecl l2 = learner_;
    l2.l2 = 1e-5;
    expect_near_reference("criteo_l2", l2, sample_);
}

TEST_F(CriteoTest, InteractionsAreWhereVowpalWabbitsAre) {
    learner_.interactions = {{"c", "c"}};
    expect_near_reference("criteo_interaction", learner_, sample_);
}

class AvazuTest : public testing::Test {
  protected:
    void SetUp() override {
        if (source_dir().empty()) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
    }
};

TEST_F(AvazuTest, AdaptiveIsWhereVowpalWabbitIs) {
    expect_near_reference("avazu", spec::LearnerDecl{}, avazu_sample());
}

TEST_F(AvazuTest, InteractionsAreWhereVowpalWabbitsAre) {
    spec::LearnerDecl learner;
    learner.interactions = {{"a", "e"}};
    expect_near_reference("avazu_interaction", learner, avazu_sample());
}

TEST_F(AvazuTest, FtrlIsWhereVowpalWabbitIs) {
    spec::LearnerDecl learner;
    learner.optimizer = spec::Optimizer::kFtrl;
    learner.ftrl_alpha = 0.1;
    learner.ftrl_beta = 1;
    learner.l1 = 0.5;
    learner.l2 = 1;
    expect_near_reference("avazu_ftrl", learner, avazu_sample());
}

}  // namespace
}  // namespace volant::train
