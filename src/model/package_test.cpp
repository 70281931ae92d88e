#include "model/package.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/files.h"
#include "core/secret.h"

namespace volant::model {
namespace {

using testing::HasSubstr;

class PackageTest : public testing::Test {
  protected:
    void SetUp() override {
        dir_ = testing::TempDir() + "package_test_" + std::to_string(::getpid());
        std::filesystem::remove_all(dir_);
        declaration_.name = "open_book";
        LinearModel model(declaration_.learner);
        model.learn(terms_, 1);
        content_.version.model = "open_book";
        content_.version.version = 3;
        content_.version.trained_lsn = 77;
        content_.version.scores = {{"log_loss", 0.25, 0.2, 0.3, 0.4}};
        content_.columns = {"user.reads_7d", "book.category"};
        content_.learner = "{\"family\":\"linear\"}";
        model.save(content_.weights);
        expected_ = model.predict(terms_);
    }
    void TearDown() override { std::filesystem::remove_all(dir_); }

    std::string file(const std::string& name) const {
        return package_folder(dir_, "open_book", 3) + "/" + name;
    }

    std::string dir_;
    spec::ModelDecl declaration_;
    PackageContent content_;
    std::vector<Term> terms_ = {{1, 1}, {2, 0.5f}};
    double expected_ = 0;
};

TEST_F(PackageTest, ComesBackAsItWas) {
    const auto digest = write_package(dir_, content_);
    ASSERT_TRUE(digest.ok()) << digest.error().message;
    EXPECT_EQ(*digest, package_digest(content_));
    const auto loaded = load_package(dir_, declaration_, 3);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ((*loaded)->predict(terms_), expected_);
    EXPECT_FALSE(std::filesystem::exists(package_folder(dir_, "open_book", 3) + ".new"));
}

TEST_F(PackageTest, ChecksumsAreWhatSha256sumReads) {
    ASSERT_TRUE(write_package(dir_, content_).ok());
    const std::string sums = read_file(file("checksums.txt")).value();
    for (const std::string name : {"package.json", "weights.bin", "scores.json"}) {
        const std::string bytes = read_file(file(name)).value();
        EXPECT_THAT(sums, HasSubstr(secret::sha256_hex(bytes) + "  " + name + "\n"));
    }
}

TEST_F(PackageTest, AnyChangedByteIsRefusedByName) {
    for (const std::string name : {"package.json", "weights.bin", "scores.json"}) {
        ASSERT_TRUE(write_package(dir_, content_).ok());
        std::string bytes = read_file(file(name)).value();
        bytes[bytes.size() / 2] ^= 1;
        std::ofstream(file(name), std::ios::binary) << bytes;
        const auto loaded = load_package(dir_, declaration_, 3);
        ASSERT_FALSE(loaded.ok()) << name;
        EXPECT_EQ(loaded.error().code, Code::kCorrupt);
        EXPECT_THAT(loaded.error().message, HasSubstr(name));
    }
}

TEST_F(PackageTest, AMissingFileOrVersionIsRefused) {
    EXPECT_FALSE(load_package(dir_, declaration_, 3).ok());
    ASSERT_TRUE(write_package(dir_, content_).ok());
    EXPECT_FALSE(load_package(dir_, declaration_, 4).ok());
    std::filesystem::remove(file("weights.bin"));
    EXPECT_FALSE(load_package(dir_, declaration_, 3).ok());
}

TEST_F(PackageTest, WritingAgainReplacesWhatAKilledTrainingLeft) {
    ASSERT_TRUE(write_package(dir_, content_).ok());
    std::filesystem::create_directories(package_folder(dir_, "open_book", 3) + ".new/rest");
    ASSERT_TRUE(write_package(dir_, content_).ok());
    EXPECT_TRUE(load_package(dir_, declaration_, 3).ok());
}

TEST_F(PackageTest, DigestNamesTheContentAndNothingElse) {
    const std::string digest = package_digest(content_);
    EXPECT_EQ(digest.size(), 64u);
    PackageContent other = content_;
    other.version.version = 9;
    other.version.trained_lsn = 1000;
    EXPECT_EQ(package_digest(other), digest) << "when and as what it was trained is not content";
    for (const auto& change : std::vector<std::function<void(PackageContent&)>>{
             [](PackageContent& c) { c.weights += "x"; },
             [](PackageContent& c) { c.columns.pop_back(); },
             [](PackageContent& c) { c.learner += " "; },
             [](PackageContent& c) { c.version.scores[0].value = 0.26; }}) {
        other = content_;
        change(other);
        EXPECT_NE(package_digest(other), digest);
    }
}

}  // namespace
}  // namespace volant::model
