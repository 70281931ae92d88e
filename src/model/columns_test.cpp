#include "model/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/random.h"

namespace volant::model {
namespace {

using testing::ElementsAre;

constexpr std::string_view kShop = R"(
subject: user
entities: { user: {}, book: { category: category } }
events: { open: { user: id, book: id } }
features:
  user.opens: { count: open, by: user }
  book.opens: { count: open, by: book }
  user.last:  { last: open.book, by: user }
models:
  shelf:
    decide: { rank: book }
    inputs: { device: string, hour: int }
    features: [user.*, book.*]
  returns:
    decide: { classify: user }
    inputs: { device: string }
    features: [user.opens]
)";

const spec::Spec& shop() {
    static const spec::Spec spec = *spec::parse_spec(kShop);
    return spec;
}

Columns columns_of(std::string_view model) {
    return Columns(shop(), shop().model_index(model));
}

std::vector<std::string_view> names(const Columns& columns) {
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < columns.size(); ++i) out.push_back(columns.name(i));
    return out;
}

std::vector<Term> terms_of(const Columns& columns, std::vector<Value> row, std::size_t place = 0) {
    std::vector<Term> out;
    columns.terms(row, place, out);
    return out;
}

TEST(Columns, InputsThenIdsThenFeaturesInTheOrderOfTheFile) {
    EXPECT_THAT(names(columns_of("shelf")), ElementsAre("device", "hour", "user", "book",
                                                        "user.opens", "book.opens", "user.last"));
    EXPECT_THAT(names(columns_of("returns")), ElementsAre("device", "user.opens"))
        << "an answer about an entity does not learn its ids";
    EXPECT_EQ(columns_of("shelf").inputs(), 2u);
}

TEST(Columns, TheSameRowAtAnotherPlaceDiffersInTheTermOfThePlaceAlone) {
    const Columns columns = columns_of("shelf");
    const std::vector<Value> row = {"phone", 9, "u1", "b1", 3, 5, List{"b2"}};
    std::set<std::uint32_t> places;
    for (std::size_t place = 0; place < 100; ++place) {
        auto terms = terms_of(columns, row, place);
        auto first = terms_of(columns, row, 0);
        places.insert(terms.back().hash);
        EXPECT_EQ(terms.back().value, 1);
        terms.pop_back();
        first.pop_back();
        EXPECT_EQ(terms, first) << place;
    }
    EXPECT_EQ(places.size(), 32u) << "places below the 32nd are one";
}

TEST(Columns, WithoutARankingThereIsNoPlace) {
    const Columns columns = columns_of("returns");
    EXPECT_EQ(terms_of(columns, {"phone", 3}, 0), terms_of(columns, {"phone", 3}, 7));
}

Value random_value(Random& random) {
    switch (random.below(8)) {
        case 0:
            return {};
        case 1:
            return Value(random.chance(0.5));
        case 2:
            return Value(static_cast<std::int64_t>(random.next()));
        case 3:
            return Value(random.normal() * 1e6);
        case 4:
            return Value(std::string(random.below(40), static_cast<char>(random.below(256))));
        case 5:
            return Value(Time{static_cast<Micros>(random.below(1ull << 50))});
        case 6:
            return Value(Point{random.uniform() * 90, random.uniform() * 180});
        default: {
            List list;
            for (std::uint64_t n = random.below(4); n > 0; --n) list.push_back(Value("x"));
            return Value(std::move(list));
        }
    }
}

TEST(Columns, LoggedRowsComeBackWhole) {
    const Columns columns = columns_of("shelf");
    Random random(1);
    for (int i = 0; i < 2'000; ++i) {
        std::vector<Value> row, again;
        for (std::size_t c = 0; c < columns.size(); ++c) row.push_back(random_value(random));
        std::string bytes;
        Columns::encode(row, bytes);
        ASSERT_TRUE(columns.decode(bytes, again));
        ASSERT_EQ(again, row);
        ASSERT_EQ(terms_of(columns, again, 1), terms_of(columns, row, 1));
    }
}

TEST(Columns, RowsOfOtherColumnsAreRefused) {
    const Columns columns = columns_of("returns");
    std::string bytes;
    Columns::encode(std::vector<Value>{"phone", 3}, bytes);
    std::vector<Value> row;
    ASSERT_TRUE(columns.decode(bytes, row));
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(columns.decode(std::string_view(bytes).substr(0, size), row)) << size;
    EXPECT_FALSE(columns.decode(bytes + bytes, row)) << "more columns than these";
    Random random(1);
    for (int i = 0; i < 5'000; ++i) {  // any bytes give a row of this many columns, or none
        std::string damaged = bytes;
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
        if (columns.decode(damaged, row)) {
            EXPECT_EQ(row.size(), columns.size());
        }
    }
}

}  // namespace
}  // namespace volant::model
