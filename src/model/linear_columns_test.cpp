#include "model/linear_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace volant::model {
namespace {

std::vector<Term> terms_of(const LinearColumns& columns, std::vector<Value> row) {
    std::vector<Term> out;
    columns.terms(row, out);
    return out;
}

TEST(LinearColumnsTest, NumbersAreSquashedWithoutAJump) {
    const LinearColumns columns({{"x", "g"}}, {});
    EXPECT_EQ(terms_of(columns, {0.5})[0].value, 0.5f);
    EXPECT_EQ(terms_of(columns, {1})[0].value, 1.0f);
    EXPECT_NEAR(terms_of(columns, {1.000001})[0].value, 1.0f, 1e-5);
    EXPECT_NEAR(terms_of(columns, {-1000})[0].value, -(1 + std::log(1000.0)), 1e-5);
    EXPECT_EQ(terms_of(columns, {0}).size(), 1u) << "zero is no term; the constant is";
}

TEST(LinearColumnsTest, EveryKindOfValueHasItsTerm) {
    const LinearColumns columns({{"x", "g"}}, {});
    const auto hash = [&](Value value) { return terms_of(columns, {std::move(value)})[0].hash; };
    EXPECT_NE(hash("a"), hash("b"));
    EXPECT_NE(hash("a"), hash(Value{}));
    EXPECT_EQ(hash(3), hash(4.5)) << "a number is one weight";
    EXPECT_EQ(hash(List{Value("a")}), hash("a")) << "an element is hashed like a text";
    EXPECT_EQ(hash(List{Value(7)}), hash("7"));
    EXPECT_EQ(terms_of(columns, {true})[0].value, 1);
    EXPECT_EQ(terms_of(columns, {Value(List{})}).size(), 1u);
    const auto list = terms_of(columns, {Value(List{"a", "b", "c", "d"})});
    EXPECT_EQ(list.size(), 5u);
    EXPECT_EQ(list[2].value, 0.5f);
    EXPECT_EQ(terms_of(columns, {Value(Time{2'000'000})})[0].value, 1 + 0.6931472f);
}

TEST(LinearColumnsTest, SameValueOfAnotherColumnIsAnotherWeight) {
    const LinearColumns columns({{"a", "g"}, {"b", "g"}}, {});
    const auto terms = terms_of(columns, {"x", "x"});
    EXPECT_NE(terms[0].hash, terms[1].hash);
}

TEST(LinearColumnsTest, NearPointsShareCells) {
    const LinearColumns columns({{"p", "g"}}, {});
    const auto berlin = terms_of(columns, {Point{52.5200, 13.4050}});
    const auto close = terms_of(columns, {Point{52.5201, 13.4051}});
    const auto munich = terms_of(columns, {Point{48.1372, 11.5755}});
    ASSERT_EQ(berlin.size(), 3u);
    EXPECT_EQ(berlin[1], close[1]);
    EXPECT_NE(berlin[0], munich[0]);
    EXPECT_NE(berlin[1], munich[1]);
    // The poles and the date line are places like others.
    for (const Point p : {Point{90, 180}, Point{-90, -180}, Point{89.999, 0}})
        EXPECT_EQ(terms_of(columns, {p}).size(), 3u);
}

TEST(LinearColumnsTest, InteractionsMultiplyGroups) {
    const LinearColumns columns({{"u.a", "u"}, {"u.b", "u"}, {"i.c", "i"}}, {{"u", "i"}});
    const auto terms = terms_of(columns, {0.5, "x", 0.25});
    ASSERT_EQ(terms.size(), 3u + 2u + 1u);
    EXPECT_EQ(terms[3].value, 0.125f);
    EXPECT_EQ(terms[4].value, 0.25f);
    std::set<std::uint32_t> hashes;
    for (const Term& term : terms) hashes.insert(term.hash);
    EXPECT_EQ(hashes.size(), terms.size());
}

TEST(LinearColumnsTest, AGroupCrossedWithItselfGivesEachPairOnce) {
    const LinearColumns columns({{"a", "g"}, {"b", "g"}, {"c", "g"}}, {{"g", "g"}});
    EXPECT_EQ(terms_of(columns, {"x", "y", "z"}).size(), 3u + 3u + 1u);
}

TEST(LinearColumnsTest, ThreeGroupsAndColumnsByName) {
    const LinearColumns columns({{"a", "g"}, {"b", "h"}, {"c", "i"}}, {{"a", "h", "c"}});
    const auto terms = terms_of(columns, {0.5, 0.5, 0.5});
    ASSERT_EQ(terms.size(), 5u);
    EXPECT_EQ(terms[3].value, 0.125f);
}

TEST(LinearColumnsTest, LongListsTimesLongListsAreBounded) {
    const LinearColumns columns({{"a", "g"}, {"b", "h"}}, {{"g", "h"}});
    List list;
    for (int i = 0; i < 1000; ++i) list.emplace_back(i);
    EXPECT_LE(terms_of(columns, {list, list}).size(), kTermsMax + 1);
}

// Stored weights depend on these: a change here is a change of format.
TEST(LinearColumnsTest, HashesAreFixedForEver) {
    const LinearColumns columns({{"user.reads_7d", "user"}, {"book.category", "book"}},
                                {{"user", "book"}});
    const auto terms = terms_of(columns, {3, "crime"});
    ASSERT_EQ(terms.size(), 4u);
    EXPECT_THAT(
        (std::vector<std::uint32_t>{terms[0].hash, terms[1].hash, terms[2].hash, terms[3].hash}),
        testing::ElementsAre(2076896942u, 138894027u, 2729126415u, 404450403u));
}

}  // namespace
}  // namespace volant::model
