#include "train/example.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "core/random.h"

namespace volant::train {
namespace {

class ExampleFileTest : public testing::Test {
  protected:
    ExampleFileTest() {
        dir_ = testing::TempDir() + "examples_XXXXXX";
        EXPECT_NE(::mkdtemp(dir_.data()), nullptr);
    }
    ~ExampleFileTest() override { std::filesystem::remove_all(dir_); }

    std::unique_ptr<ExampleFile> create() {
        auto file = ExampleFile::create(dir_);
        EXPECT_TRUE(file.ok()) << file.error().message;
        return file.ok() ? std::move(*file) : nullptr;
    }
    static Example draw(Random& random) {
        Example example;
        example.label = random.normal();
        example.baseline = static_cast<float>(random.uniform());
        example.cluster = random.next();
        example.answer = random.next();
        example.at = static_cast<Micros>(random.next() >> 2);
        // Most are short; some are longer than what is read at once.
        const std::uint64_t terms = random.chance(0.002) ? 200'000 : random.below(60);
        for (std::uint64_t i = 0; i < terms; ++i)
            example.terms.push_back(
                {static_cast<std::uint32_t>(random.next()), static_cast<float>(random.normal())});
        return example;
    }
    static void expect_same(const Example& found, const Example& expected) {
        EXPECT_EQ(found.label, expected.label);
        EXPECT_EQ(found.baseline, expected.baseline);
        EXPECT_EQ(found.cluster, expected.cluster);
        EXPECT_EQ(found.answer, expected.answer);
        EXPECT_EQ(found.at, expected.at);
        EXPECT_EQ(found.terms, expected.terms);
    }

    std::string dir_;
};

TEST_F(ExampleFileTest, IsReadAsOftenAsWantedAsItWasWritten) {
    constexpr int kCount = 3'000;
    const auto file = create();
    Random writing(1);
    for (int i = 0; i < kCount; ++i) ASSERT_TRUE(file->add(draw(writing)).ok());
    EXPECT_EQ(file->count(), 3'000u);
    for (int pass = 0; pass < 3; ++pass) {
        ASSERT_TRUE(file->rewind().ok());
        Random expected(1);
        Example found;
        for (int i = 0; i < kCount; ++i) {
            const auto more = file->next(found);
            ASSERT_TRUE(more.ok() && *more) << i;
            expect_same(found, draw(expected));
            if (HasFailure()) return;
        }
        const auto more = file->next(found);
        ASSERT_TRUE(more.ok());
        EXPECT_FALSE(*more);
    }
}

TEST_F(ExampleFileTest, MoreMayBeAddedBetweenReadings) {
    const auto file = create();
    Random random(1);
    std::vector<Example> all;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 100; ++i) {
            all.push_back(draw(random));
            ASSERT_TRUE(file->add(all.back()).ok());
        }
        ASSERT_TRUE(file->rewind().ok());
        Example found;
        for (const Example& expected : all) {
            const auto more = file->next(found);
            ASSERT_TRUE(more.ok() && *more);
            expect_same(found, expected);
        }
        // One that stops early begins anew as well.
        ASSERT_TRUE(file->rewind().ok());
        ASSERT_TRUE(*file->next(found));
        expect_same(found, all.front());
    }
}

TEST_F(ExampleFileTest, AnEmptyOneEndsAtOnce) {
    const auto file = create();
    ASSERT_TRUE(file->rewind().ok());
    Example found;
    EXPECT_FALSE(*file->next(found));
}

TEST_F(ExampleFileTest, IsGoneWithItsOwner) {
    auto file = create();
    EXPECT_FALSE(std::filesystem::is_empty(dir_));
    file.reset();
    EXPECT_TRUE(std::filesystem::is_empty(dir_));
}

TEST_F(ExampleFileTest, AFileThatWasCutIsCorruptAndNotShort) {
    const auto file = create();
    Random random(1);
    for (int i = 0; i < 10; ++i) {
        Example example = draw(random);
        example.terms.resize(20);
        ASSERT_TRUE(file->add(example).ok());
    }
    ASSERT_TRUE(file->rewind().ok());
    const auto path = std::filesystem::directory_iterator(dir_)->path();
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 8);
    Example found;
    for (int i = 0; i < 9; ++i) ASSERT_TRUE(*file->next(found));
    const auto last = file->next(found);
    ASSERT_FALSE(last.ok());
    EXPECT_EQ(last.error().code, Code::kCorrupt);
}

TEST_F(ExampleFileTest, NeedsItsFolder) {
    const auto file = ExampleFile::create(dir_ + "/nothing");
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().code, Code::kUnavailable);
    EXPECT_NE(file.error().message.find(dir_), std::string::npos);
}

}  // namespace
}  // namespace volant::train
