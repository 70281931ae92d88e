#include "train/vw_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "core/random.h"
#include "train/vw_hash.h"
#include "train/vw_number.h"

namespace volant::train {
namespace {

using model::Term;
using testing::ElementsAre;
using testing::HasSubstr;

VwBatch parse(std::string_view text, std::vector<std::vector<std::string>> interactions = {}) {
    VwParser parser(std::move(interactions));
    parser.load(text);
    VwBatch batch;
    const Status status = parser.next(batch, 1000);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return batch;
}

std::string refusal(std::string_view text) {
    VwParser parser;
    parser.load(text);
    VwBatch batch;
    Status status = parser.next(batch, 1000);
    return status.ok() ? "" : status.error().message;
}

std::vector<Term> terms_of(std::string_view line) {
    const VwBatch batch = parse(line);
    EXPECT_EQ(batch.size(), 1u);
    const auto terms = batch.terms_of(0);
    return {terms.begin(), terms.end()};
}

std::vector<float> values_of(std::string_view line) {
    std::vector<float> values;
    for (const Term& term : terms_of(line)) values.push_back(term.value);
    return values;
}

TEST(VwTextTest, ReadsLabelImportanceBaseAndTag) {
    const VwBatch batch = parse(
        "1 |a x\n"
        "-1 2.5 |a x\n"
        "0.25 3 0.1 'tag|a x\n"
        "1 tag|a x\n"
        "'only |a x\n"
        "| x\n");
    ASSERT_EQ(batch.size(), 6u);
    EXPECT_EQ(batch.examples[0].label, 1);
    EXPECT_EQ(batch.examples[0].weight, 1);
    EXPECT_EQ(batch.examples[1].label, -1);
    EXPECT_EQ(batch.examples[1].weight, 2.5f);
    EXPECT_EQ(batch.examples[2].label, 0.25f);
    EXPECT_EQ(batch.examples[2].weight, 3);
    EXPECT_TRUE(batch.examples[3].labelled);
    EXPECT_EQ(batch.examples[3].weight, 1);
    EXPECT_FALSE(batch.examples[4].labelled);
    EXPECT_FALSE(batch.examples[5].labelled);
}

TEST(VwTextTest, ReadsValuesAndScales) {
    EXPECT_THAT(values_of("1 |a x y:2 z:-0.5 w:1e-3"), ElementsAre(1, 2, -0.5f, 1e-3f, 1));
    EXPECT_THAT(values_of("1 |a:0.5 x y:2 |b z"), ElementsAre(0.5f, 1, 1, 1));
    EXPECT_THAT(values_of("1 |a x:0 y"), ElementsAre(1, 1)) << "zero is no term";
    EXPECT_THAT(values_of("1 |a :2 :3"), ElementsAre(2, 3, 1)) << "values without a name";
    EXPECT_THAT(values_of("1 |a x:1e30"), ElementsAre(1e18f, 1))
        << "cut, so that squares are finite";
}

TEST(VwTextTest, ANameIsAWeightOfItsNamespace) {
    const auto terms = terms_of("1 |a x y |b x |a x");
    ASSERT_EQ(terms.size(), 5u);
    EXPECT_NE(terms[0].hash, terms[1].hash);
    EXPECT_NE(terms[0].hash, terms[2].hash);
    EXPECT_EQ(terms[0].hash, terms[3].hash);
    EXPECT_EQ(terms_of("1 | x")[0].hash, terms_of("1 |  x  ")[0].hash);
    EXPECT_EQ(terms_of("1 |a x:3")[0].hash, terms[0].hash);
}

TEST(VwTextTest, BlanksTabsAndCarriageReturnsSeparate) {
    EXPECT_THAT(values_of("1\t|a\tx\ty:2 \r\n"), ElementsAre(1, 2, 1));
    EXPECT_EQ(parse("\n \r\n1 |a x\n\n").size(), 1u) << "blank lines are no examples";
    EXPECT_EQ(parse("").size(), 0u);
    EXPECT_EQ(parse("1 |a x").size(), 1u) << "the last line needs no line feed";
    EXPECT_THAT(values_of("1 |a |b |"), ElementsAre(1));
}

TEST(VwTextTest, InteractionsAreByFirstLetterOrName) {
    const VwBatch batch = parse("1 |age x:2 y:3 |book z:5\n", {{"a", "b"}});
    ASSERT_EQ(batch.terms_of(0).size(), 3u + 2u + 1u);
    EXPECT_EQ(batch.terms_of(0)[3].value, 10);
    EXPECT_EQ(batch.terms_of(0)[4].value, 15);
    EXPECT_EQ(parse("1 |age x |book z\n", {{"age", "book"}}).terms_of(0).size(), 4u);
    EXPECT_EQ(parse("1 |age x |book z\n", {{"agee", "book"}}).terms_of(0).size(), 3u);
    // Crossed with itself: every pair once, and squares.
    EXPECT_EQ(parse("1 |a x y z\n", {{"a", "a"}}).terms_of(0).size(), 3u + 6u + 1u);
    EXPECT_EQ(parse("1 |a x y |b z |c u v\n", {{"a", "b", "c"}}).terms_of(0).size(), 5u + 4u + 1u);
}

TEST(VwTextTest, RefusesWhatItCannotReadWithItsLine) {
    EXPECT_THAT(refusal("1 |a x\nspam |a x\n"), HasSubstr("line 2: found 'spam'"));
    EXPECT_THAT(refusal("1 |a x:y\n"), HasSubstr("line 1: found 'y'"));
    EXPECT_THAT(refusal("1 |a x:\n"), HasSubstr("expected a number"));
    EXPECT_THAT(refusal("1 |a x:1:2\n"), HasSubstr("expected a number"));
    EXPECT_THAT(refusal("1 |a x:nan\n"), HasSubstr("found 'nan'"));
    EXPECT_THAT(refusal("1 |a x:inf\n"), HasSubstr("found 'inf'"));
    EXPECT_THAT(refusal("1 -2 |a x\n"), HasSubstr("importance"));
    EXPECT_THAT(refusal("1 2 3 4 |a x\n"), HasSubstr("found '4'"));
    EXPECT_THAT(refusal("1:2 |a x\n"), HasSubstr("found '1'"));
}

TEST(VwTextTest, BatchesGiveTheSameExamplesAsOneBlock) {
    std::string text;
    Random random(3);
    for (int i = 0; i < 100; ++i) {
        text += std::to_string(random.below(2)) + " |a";
        for (std::uint64_t k = random.below(12); k > 0; --k)
            text +=
                " f" + std::to_string(random.below(1000)) + ":" + std::to_string(random.uniform());
        text += "\n";
    }
    const VwBatch whole = parse(text);
    VwParser parser;
    parser.load(text);
    VwBatch batch;
    std::size_t seen = 0;
    while (parser.next(batch, 7).ok() && batch.size() > 0) {
        for (std::size_t i = 0; i < batch.size(); ++i, ++seen) {
            const auto a = batch.terms_of(i);
            const auto b = whole.terms_of(seen);
            ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << seen;
        }
    }
    EXPECT_EQ(seen, whole.size());
    EXPECT_EQ(parser.line_number(), 100u);
}

TEST(VwTextTest, RandomBytesAreReadOrRefusedButNothingElse) {
    Random random(4);
    const std::string alphabet = "0123456789.-+e|: \t\r\n'abcXYZ\x80\xff";
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::uint64_t i = random.below(80); i > 0; --i)
            text += alphabet[random.below(alphabet.size())];
        const std::vector<std::vector<std::string>> crossed = {{"a", "b"}};
        VwParser parser(crossed);
        parser.load(text);
        VwBatch batch;
        if (!parser.next(batch, 1000).ok()) continue;
        for (std::size_t i = 0; i < batch.size(); ++i)
            for (const Term& term : batch.terms_of(i)) ASSERT_TRUE(std::isfinite(term.value));
    }
}

// Stored weights depend on these: a change here is a change of format.
TEST(VwHashTest, IsFixedForEver) {
    const std::vector<Term> terms =
        terms_of("1 | a |user x12345678 abcdefghijklmnop abcdefghijklmnopq");
    std::vector<std::uint32_t> hashes;
    for (const Term& term : terms) hashes.push_back(term.hash);
    EXPECT_THAT(hashes,
                ElementsAre(4209192102u, 2832964058u, 645816850u, 2411652900u, 2128792838u));
}

TEST(VwHashTest, SpreadsShortNamesOverTheTable) {
    std::string padded(64, 'x');
    constexpr std::size_t kNames = 100000;
    constexpr std::uint32_t kMask = (1u << 18) - 1;
    std::set<std::uint32_t> slots;
    for (std::size_t i = 0; i < kNames; ++i) {
        const std::string name = "f" + std::to_string(i);
        padded.replace(0, name.size(), name);
        slots.insert(vw_fold(vw_word(padded.data(), name.size(), VwSeed(77))) & kMask);
        padded.replace(0, name.size(), name.size(), 'x');
    }
    // With a perfectly random hash: 2^18 (1 - exp(-100000 / 2^18)) = 83 100 slots, deviation 160.
    EXPECT_NEAR(static_cast<double>(slots.size()), 83133, 800);
}

TEST(VwNumberTest, EqualsStrtod) {
    Random random(5);
    for (int round = 0; round < 20000; ++round) {
        std::string text = random.chance(0.5) ? "-" : "";
        for (std::uint64_t i = random.below(9); i > 0; --i)
            text += static_cast<char>('0' + random.below(10));
        if (random.chance(0.6)) text += ".";
        for (std::uint64_t i = random.below(12); i > 0; --i)
            text += static_cast<char>('0' + random.below(10));
        if (random.chance(0.1))
            text += "e" + std::to_string(static_cast<int>(random.below(60)) - 30);
        const auto found = vw_number(text.data(), text.size());
        char* end = nullptr;
        const double expected = std::strtod(text.c_str(), &end);
        const bool whole = *end == 0 && end != text.c_str() && std::abs(expected) < 3.4e38;
        ASSERT_EQ(found.has_value(), whole) << text;
        if (found) {
            ASSERT_EQ(*found, static_cast<float>(expected)) << text;
        }
    }
    for (const std::string_view text :
         {"", "-", ".", "1.2.3", "--1", "+-1", "1e999", "1e40", "0x10", "nan", "1 "})
        EXPECT_EQ(vw_number(text.data(), text.size()), std::nullopt) << text;
}

}  // namespace
}  // namespace volant::train
