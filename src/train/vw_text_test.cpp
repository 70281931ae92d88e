#include "train/vw_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

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
    EXPECT_EQ(batch.terms_of(0)[3].value, 1) << "the constant";
    EXPECT_EQ(batch.terms_of(0)[4].value, 10);
    EXPECT_EQ(batch.terms_of(0)[5].value, 15);
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

std::vector<std::uint32_t> places_of(std::string_view line,
                                     std::vector<std::vector<std::string>> interactions = {}) {
    const VwBatch batch = parse(line, std::move(interactions));
    std::vector<std::uint32_t> places;
    for (const Term& term : batch.terms_of(0)) places.push_back(term.hash & ((1u << 24) - 1));
    return places;
}

// What `python -m vowpalwabbit --audit -b 24 -q ub -q aa --interactions abc` (9.11.9) prints.
TEST(VwHashTest, WeightsAreVowpalWabbits) {
    EXPECT_THAT(places_of("1 |user x12345678 12 \xc3\xa9\x61 y:0.5 |book z:2 :3 :4 w:0"),
                ElementsAre(14299656u, 9714969u, 493987u, 1167022u, 11224747u, 6044942u, 6044943u,
                            11650396u));
    EXPECT_THAT(
        places_of("1 | plain 007 |a:0.5 q |age r:3", {{"a", "a"}}),
        ElementsAre(12576889u, 7u, 13832321u, 6147370u, 11650396u, 9563026u, 2045497u, 16004148u));
    EXPECT_THAT(places_of("1 |user y x12345678 |book z:2 :3", {{"u", "b"}}),
                ElementsAre(1167022u, 14299656u, 11224747u, 6044942u, 11650396u, 10689857u,
                            5531364u, 14124083u, 2162582u));
    EXPECT_THAT(places_of("1 |a x y:2 |b z |c u v:0.5", {{"a", "b", "c"}}),
                ElementsAre(5822600u, 2926431u, 2221839u, 11252744u, 4716358u, 11650396u, 748349u,
                            15149171u, 8275886u, 9569504u));
}

// What the package's hash_feature(name, 77) (9.11.9, -b 28) says.
TEST(VwHashTest, NamesOfDigitsAndWithBlanksAreVowpalWabbits) {
    const auto hash = [](std::string name) {
        const std::size_t size = name.size();
        name.resize(size + 4);
        return vw_hash(name.data(), size, 77) & ((1u << 28) - 1);
    };
    EXPECT_EQ(hash("x"), 180569524u);
    EXPECT_EQ(hash("c14=05db9164"), 111416650u);
    EXPECT_EQ(hash("12"), 89u);
    EXPECT_EQ(hash("012"), 89u);
    EXPECT_EQ(hash("1234567890123456789012"), 136329825u) << "it wraps";
    EXPECT_EQ(hash("12a"), 172492437u);
    EXPECT_EQ(hash("-3"), 183017668u);
    EXPECT_EQ(hash("a\x01"), 232915572u);
    EXPECT_EQ(hash("\x02\x61"), 232915572u);
    EXPECT_EQ(hash("\x01\x31"), 78u);
    EXPECT_EQ(hash("\xe4\xb8\xad\xe6\x96\x87"), 140910962u);
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
