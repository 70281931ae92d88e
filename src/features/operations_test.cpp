#include "features/operations.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/bytes.h"
#include "core/random.h"
#include "features/condition.h"
#include "features/decay.h"
#include "features/feature_store.h"
#include "features/window.h"

namespace volant::features {
namespace {

using spec::Op;

TEST(Operations, TheTableIsInTheOrderOfTheEnum) {
    ASSERT_EQ(operations().size(), static_cast<std::size_t>(Op::kAttribute) + 1);
    for (std::size_t i = 0; i < operations().size(); ++i) {
        EXPECT_EQ(operations()[i].op, static_cast<Op>(i));
        EXPECT_EQ(operations()[i].name, spec::op_name(static_cast<Op>(i)));
    }
}

// To make the page anew: VOLANT_WRITE_DOCS=1 build/dev/features_test --gtest_filter=Operations.*
TEST(Operations, TheReferencePageIsMadeFromTheTable) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    if (root == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
    const std::string path = std::string(root) + "/docs/reference/features.md";
    if (std::getenv("VOLANT_WRITE_DOCS") != nullptr) std::ofstream(path) << features_markdown();
    std::stringstream page;
    page << std::ifstream(path).rdbuf();
    EXPECT_EQ(page.str(), features_markdown())
        << path << " differs from the table in operations.cpp";
}

// The workspace that docs/concepts/features.md shows is one.
TEST(Operations, TheConceptPagesExampleIsAWorkspace) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    if (root == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
    std::stringstream page;
    page << std::ifstream(std::string(root) + "/docs/concepts/features.md").rdbuf();
    const std::string text = page.str();
    const std::size_t begin = text.find("```yaml\n") + 8;
    const auto spec = spec::parse_spec(text.substr(begin, text.find("```", begin) - begin));
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    const collect::Entities entities(*spec);
    const FeatureStore store(*spec, entities);
    ASSERT_EQ(spec->features.size(), 8u);
    EXPECT_EQ(store.describe(0), "count/1: 56 buckets of 3h, at most 344 bytes a key");
    EXPECT_EQ(store.describe(3), "attribute/1: as it stands now");
    EXPECT_NE(store.describe(7).find("through friend"), std::string::npos);
}

TEST(Window, IsCutIntoAtMost64BucketsOfARoundWidth) {
    const auto expect = [](Micros length, std::uint32_t buckets, Micros width) {
        const Window window = Window::of(length);
        EXPECT_EQ(window.buckets, buckets) << format_duration(length);
        EXPECT_EQ(window.width, width) << format_duration(length);
    };
    expect(kMinute, 60, kSecond);
    expect(kHour, 60, kMinute);
    expect(kDay, 48, 30 * kMinute);
    expect(7 * kDay, 56, 3 * kHour);
    expect(30 * kDay, 60, 12 * kHour);
    expect(1000, 64, 16);
    EXPECT_TRUE(Window::of(kNever).all_time());
    for (Micros length = 1; length < 1'000 * kDay; length = length * 3 + 7) {
        const Window window = Window::of(length);
        EXPECT_LE(window.buckets, kBucketsMax);
        EXPECT_GE(window.width * window.buckets, length);
    }
}

TEST(Window, BucketsRoundDownBefore1970Too) {
    const Window window = Window::of(kHour);
    EXPECT_EQ(window.bucket(0), 0);
    EXPECT_EQ(window.bucket(kMinute - 1), 0);
    EXPECT_EQ(window.bucket(-1), -1);
    EXPECT_EQ(window.bucket(-kMinute), -1);
    EXPECT_EQ(window.bucket(-kMinute - 1), -2);
}

TEST(Window, HoldsWhatTheBucketSays) {
    Random random(9);
    for (const Micros length : {kMinute, kHour, 7 * kDay, Micros{1000}}) {
        const Window window = Window::of(length);
        for (int i = 0; i < 10'000; ++i) {
            const auto time = static_cast<Micros>(random.next() >> 10) - (Micros{1} << 53);
            const std::int64_t bucket = window.bucket(time);
            const auto other = bucket + static_cast<std::int64_t>(random.below(5)) - 2;
            EXPECT_EQ(window.holds(other, time), other == bucket) << time;
        }
    }
}

TEST(Decay, HalvesExactlyAndCloselyBetween) {
    EXPECT_EQ(halved(0), 1.0);
    EXPECT_EQ(halved(1), 0.5);
    EXPECT_EQ(halved(10), std::ldexp(1.0, -10));
    EXPECT_EQ(halved(2000), 0.0);
    EXPECT_EQ(halved(INFINITY), 0.0);
    for (double h = 0; h < 1000; h += 0.37) {
        EXPECT_NEAR(halved(h) / std::exp2(-h), 1, 1e-15) << h;
    }
}

TEST(Condition, ComparesAsItsHeaderSays) {
    using Is = spec::Condition::Test;
    const auto holds = [](const Value& found, Is test, std::vector<Value> values) {
        std::string bytes;
        Writer(bytes).value(found);
        return passes({"p", test, std::move(values)}, read_datum(bytes));
    };
    EXPECT_TRUE(holds(5, Is::kEq, {5.0}));
    EXPECT_TRUE(holds(5, Is::kLt, {5.5}));
    EXPECT_FALSE(holds(5, Is::kGt, {5}));
    EXPECT_TRUE(holds(5, Is::kGe, {5}));
    EXPECT_TRUE(holds(std::int64_t{1} << 60, Is::kLt, {(std::int64_t{1} << 60) + 1}));
    EXPECT_TRUE(holds("abc", Is::kLe, {"abd"}));
    EXPECT_TRUE(holds(true, Is::kEq, {true}));
    EXPECT_TRUE(holds("b", Is::kIn, {"a", "b"}));
    EXPECT_FALSE(holds("c", Is::kIn, {"a", "b"}));
    EXPECT_TRUE(holds(Point{1, 2}, Is::kEq, {Point{1, 2}}));
    EXPECT_TRUE(holds("5", Is::kNe, {5})) << "a text is not a number";
    EXPECT_FALSE(holds("5", Is::kLt, {6}));
    EXPECT_FALSE(holds({}, Is::kNe, {5})) << "missing passes nothing";
}

TEST(Sample, EqualValuesHaveEqualIdentities) {
    const auto identity = [](const Value& value) {
        std::string bytes;
        Writer(bytes).value(value);
        return identity_of(read_datum(bytes));
    };
    EXPECT_EQ(identity(5), identity(5.0));
    EXPECT_EQ(identity(0.0), identity(-0.0));
    EXPECT_EQ(identity("b7"), identity_of(datum_of_id("b7")));
    EXPECT_NE(identity("5"), identity(5));
    EXPECT_NE(identity((std::int64_t{1} << 60) + 1),
              identity(static_cast<double>(std::int64_t{1} << 60)));
    EXPECT_NE(identity(true), identity(1));
}

}  // namespace
}  // namespace volant::features
