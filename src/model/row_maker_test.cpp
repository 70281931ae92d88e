#include "model/row_maker.h"

#include <gtest/gtest.h>

#include <map>

#include "collect/testing.h"

namespace volant::model {
namespace {

constexpr Micros kStart = 1'700'000'000 * kSecond;

constexpr std::string_view kShop = R"(
name: shop
subject: user
entities: { user: {}, book: { category: category } }
events: { open: { user: id, book: id }, read: { user: id, book: id } }
features:
  user.reads: { count: read, by: user }
  book.reads: { count: read, by: book }
  user.last:  { last: read.book, by: user }
  pair.reads: { count: read, by: [user, book] }
models:
  open_book:
    decide: { rank: book }
    inputs: { device: string }
    outcome: { event: open, within: 30m, otherwise: 0 }
    features: [user.*, book.*, pair.*]
    learner: { family: linear }
)";

// A row has the inputs, the ids and the features of its own candidate, whatever stood in the row
// before.
TEST(RowMaker, EachCandidateHasItsOwnRow) {
    const auto spec = spec::parse_spec(kShop);
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    collect::Entities entities(*spec);
    features::FeatureStore store(*spec, entities);
    collect::Effects effects;
    log::Lsn lsn = 0;
    for (const char* book : {"b1", "b2", "b2"}) {
        collect::EventDraft draft;
        draft.type = "read";
        draft.event = spec->event_index("read");
        draft.time = kStart;
        draft.entities = {{0, "u"}, {1, book}};
        collect::testing::Recorded event(*spec, draft, ++lsn, kStart);
        entities.observe(event.view, effects);
        store.observe(event.view, effects);
    }
    const Columns columns(*spec, 0);
    const std::vector<collect::EntityId> ids = {{0, "u"}};
    const std::vector<Value> inputs = {"phone"};
    RowMaker maker(*spec, 0, columns, entities, store, ids, inputs, kStart);
    const std::vector<std::string> items = {"b2", "unknown", "b1"};
    const int reads[] = {2, 0, 1};
    std::size_t seen = 0;
    maker.rows(items, [&](std::size_t i, const std::vector<Value>& row) {
        EXPECT_EQ(i, seen++);
        std::map<std::string_view, Value> named;
        for (std::size_t c = 0; c < row.size(); ++c) named[columns.name(c)] = row[c];
        const std::map<std::string_view, Value> expected = {
            {"device", "phone"},     {"user", "u"},       {"book", items[i]},
            {"user.reads", 3},       {"user.last", "b2"}, {"book.reads", reads[i]},
            {"pair.reads", reads[i]}};
        EXPECT_EQ(named, expected) << items[i];
    });
    EXPECT_EQ(seen, items.size());
}

}  // namespace
}  // namespace volant::model
