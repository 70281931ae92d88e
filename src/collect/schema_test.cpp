#include "collect/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collect/testing.h"

namespace volant::collect {
namespace {

using testing::bookshop;
using ::testing::HasSubstr;

// An event of one property, or none.
EventDraft draft_of(std::string type, std::string name = "", Value value = {}) {
    EventDraft draft;
    draft.type = std::move(type);
    draft.entities = {{1, "b1"}};
    if (!name.empty()) draft.properties = {{std::move(name), std::move(value)}};
    return draft;
}

void observe(Schema& schema, const EventDraft& draft) {
    testing::Recorded recorded(bookshop(), draft);
    schema.observe(recorded.view);
}

Status check(const Schema& schema, const EventDraft& draft, Schema::Batch* batch = nullptr) {
    testing::Recorded recorded(bookshop(), draft);
    return schema.check(recorded.view, batch);
}

Code code_of(const Status& status) {
    return status.ok() ? Code::kInternal : status.error().code;
}

TEST(Schema, NotesTypesOfUndeclaredProperties) {
    Schema schema(bookshop());
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 5)).ok());
    observe(schema, draft_of("buy", "price", 5));
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 6)).ok());
    const Status status = check(schema, draft_of("buy", "price", "cheap"));
    ASSERT_EQ(code_of(status), Code::kWrongType);
    EXPECT_EQ(status.error().field, "/properties/price");
    EXPECT_EQ(status.error().message, "\"price\" of \"buy\" is so far int, found string \"cheap\"");
    EXPECT_TRUE(check(schema, draft_of("sell", "price", "cheap")).ok()) << "another event";
}

TEST(Schema, AnInferredIntWidensToDouble) {
    Schema schema(bookshop());
    observe(schema, draft_of("buy", "price", 5));
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 5.5)).ok());
    observe(schema, draft_of("buy", "price", 5.5));
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 6)).ok());
    EXPECT_THAT(check(schema, draft_of("buy", "price", true)).error().message, HasSubstr("double"));
}

TEST(Schema, ADeclaredIntDoesNotWiden) {
    Schema schema(bookshop());
    const Status status = check(schema, draft_of("read", "ms", 5.5));
    ASSERT_EQ(code_of(status), Code::kWrongType);
    EXPECT_EQ(status.error().message, "\"ms\" of \"read\" is declared int, found double 5.5");
    EXPECT_TRUE(check(schema, draft_of("read", "score", 5)).ok()) << "an int is a double";
    observe(schema, draft_of("read", "ms", 5.5));
    EXPECT_FALSE(check(schema, draft_of("read", "ms", 5.5)).ok()) << "whatever a record says";
}

TEST(Schema, NullSaysNothing) {
    Schema schema(bookshop());
    observe(schema, draft_of("buy", "price", {}));
    EXPECT_TRUE(check(schema, draft_of("buy", "price", "cheap")).ok());
    observe(schema, draft_of("buy", "price", "cheap"));
    EXPECT_TRUE(check(schema, draft_of("buy", "price", {})).ok());
    observe(schema, draft_of("buy", "price", {}));
    EXPECT_FALSE(check(schema, draft_of("buy", "price", 5)).ok());
    EXPECT_TRUE(check(schema, draft_of("read", "ms", {})).ok());
}

TEST(Schema, AttributesAreKnownByEntity) {
    Schema schema(bookshop());
    EXPECT_FALSE(check(schema, draft_of("$set", "pages", "many")).ok());
    observe(schema, draft_of("$set", "colour", "red"));
    const Status status = check(schema, draft_of("$set", "colour", 5));
    ASSERT_EQ(code_of(status), Code::kWrongType);
    EXPECT_THAT(status.error().message, HasSubstr("attribute \"colour\" of \"book\""));
    EventDraft of_user = draft_of("$set", "colour", 5);
    of_user.entities = {{0, "u1"}};
    EXPECT_TRUE(check(schema, of_user).ok());
}

TEST(Schema, PointersAreEscaped) {
    Schema schema(bookshop());
    observe(schema, draft_of("buy", "a/b~c", 1));
    EXPECT_EQ(check(schema, draft_of("buy", "a/b~c", "x")).error().field, "/properties/a~1b~0c");
}

TEST(Schema, NamesAreBounded) {
    Schema schema(bookshop(), 3);
    observe(schema, draft_of("buy", "a", 1));
    observe(schema, draft_of("buy", "b", 1));
    observe(schema, draft_of("$link", "relation", "friend"));
    EXPECT_TRUE(check(schema, draft_of("buy", "a", 1)).ok());
    EXPECT_TRUE(check(schema, draft_of("$link", "relation", "friend")).ok());
    EXPECT_TRUE(check(schema, draft_of("read", "ms", 1)).ok()) << "declared names do not count";
    const Status status = check(schema, draft_of("buy", "c", 1));
    ASSERT_EQ(code_of(status), Code::kOutOfRange);
    EXPECT_THAT(status.error().message, HasSubstr("3 undeclared names"));
    const Status relation = check(schema, draft_of("$link", "relation", "enemy"));
    ASSERT_EQ(code_of(relation), Code::kOutOfRange);
    EXPECT_EQ(relation.error().field, "/properties/relation");
    observe(schema, draft_of("buy", "c", 1));
    EXPECT_EQ(schema.entries().back().name, "friend") << "nothing is kept past the bound";
}

TEST(Schema, ABatchIsCheckedAgainstItself) {
    Schema schema(bookshop(), 2);
    Schema::Batch batch;
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 5), &batch).ok());
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 5.5), &batch).ok());
    EXPECT_TRUE(check(schema, draft_of("buy", "price", 6), &batch).ok());
    EXPECT_EQ(code_of(check(schema, draft_of("buy", "price", "x"), &batch)), Code::kWrongType);
    EXPECT_TRUE(check(schema, draft_of("buy", "shop"), &batch).ok());
    EXPECT_TRUE(check(schema, draft_of("buy", "shop", "x"), &batch).ok());
    EXPECT_EQ(code_of(check(schema, draft_of("buy", "third", 1), &batch)), Code::kOutOfRange);
    EXPECT_TRUE(check(schema, draft_of("buy", "third", 1)).ok())
        << "the schema itself is unchanged";
}

// What one event after another would do to the schema, a batch must allow, and nothing else.
TEST(Schema, ABatchAllowsWhatOneByOneIsAllowed) {
    Random random(31);
    for (int round = 0; round < 300; ++round) {
        Schema schema(bookshop(), 6), one_by_one(bookshop(), 6);
        Schema::Batch batch;
        for (Schema* known : {&schema, &one_by_one}) {
            observe(*known, draft_of("buy", "a", 1));
            observe(*known, draft_of("buy", "b"));
        }
        for (int i = 0; i < 30; ++i) {
            const Value values[] = {{}, 1, 1.5, "x", true};
            const EventDraft draft = draft_of(
                random.chance(0.5) ? "buy" : "$set",
                std::string(1, static_cast<char>('a' + random.below(5))), values[random.below(5)]);
            const bool allowed = check(one_by_one, draft).ok();
            ASSERT_EQ(check(schema, draft, &batch).ok(), allowed) << round << " " << i;
            if (allowed) observe(one_by_one, draft);
        }
    }
}

// All entries, sorted.
std::vector<std::string> known(const Schema& schema) {
    std::vector<std::string> all;
    for (const Schema::Entry& entry : schema.entries())
        all.push_back(entry.scope + " " + entry.name + " " + std::string(type_name(entry.type)));
    std::sort(all.begin(), all.end());
    return all;
}

// Where a name stands in its event is no part of what is known of it.
TEST(Schema, TheOrderOfNamesDoesNotMatter) {
    Random random(33);
    Schema together(bookshop(), 8), one_by_one(bookshop(), 8);
    for (int i = 0; i < 3'000; ++i) {
        const char* types[] = {"buy", "sell", "read", "$set"};
        EventDraft draft = draft_of(types[random.below(4)]);
        draft.event = bookshop().event_index(draft.type);
        std::vector<std::string> names = {"a", "b", "c", "ms", "score"};
        for (std::size_t n = random.below(names.size() + 1); n > 0; --n) {
            const auto name =
                names.begin() + static_cast<std::ptrdiff_t>(random.below(names.size()));
            const Value values[] = {{}, 1, 1.5, "x"};
            draft.properties.emplace_back(*name, values[random.below(random.chance(0.9) ? 3 : 4)]);
            names.erase(name);
        }
        bool allowed = true;
        for (const auto& [name, value] : draft.properties)
            allowed &= check(one_by_one, draft_of(draft.type, name, value)).ok();
        ASSERT_EQ(check(together, draft).ok(), allowed) << i;
        if (!allowed) continue;
        observe(together, draft);
        for (const auto& [name, value] : draft.properties)
            observe(one_by_one, draft_of(draft.type, name, value));
        if (i % 500 == 0) {
            std::string bytes;
            together.snapshot(bytes);
            ASSERT_TRUE(together.restore(bytes).ok());
        }
    }
    EXPECT_EQ(known(together), known(one_by_one));
}

TEST(Schema, RestoredStateContinuesTheSame) {
    Random random(32);
    Schema one(bookshop()), two(bookshop());
    for (int i = 0; i < 2'000; ++i) {
        const std::string name = testing::random_text(random, 2);
        const Value value = random.chance(0.5)   ? Value(1)
                            : random.chance(0.5) ? Value(1.5)
                                                 : Value();
        const char* types[] = {"buy", "$set", "read", "$delete"};
        const EventDraft draft = draft_of(types[random.below(4)], name, value);
        observe(one, draft);
        observe(two, draft);
        if (i % 300 == 0) {
            std::string bytes;
            two.snapshot(bytes);
            ASSERT_TRUE(two.restore(bytes).ok());
        }
    }
    std::string a, b;
    one.snapshot(a);
    two.snapshot(b);
    EXPECT_EQ(a, b);
    EXPECT_GT(one.entries().size(), 500u);
    EXPECT_EQ(two.entries().size(), one.entries().size());
}

// What check() has found of an event spares observe() the work, but never changes what comes of it.
TEST(Schema, ObservesTheSameWhetherItHasCheckedOrNot) {
    Random random(53);
    Schema with(bookshop()), without(bookshop());
    for (int i = 0; i < 3'000; ++i) {
        EventDraft draft = draft_of(random.chance(0.5) ? "buy" : "look", "", 0);
        for (std::uint64_t n = random.below(5); n > 0; --n) {
            const std::string name = std::string("p") + static_cast<char>('a' + random.below(6));
            const auto is_it = [&](const auto& property) { return property.first == name; };
            if (std::any_of(draft.properties.begin(), draft.properties.end(), is_it)) continue;
            const std::uint64_t kind = random.below(20);
            draft.properties.emplace_back(name, kind == 0   ? Value()
                                                : kind == 1 ? Value(1.5)
                                                            : Value(7));
        }
        testing::Recorded recorded(bookshop(), draft);
        ASSERT_TRUE(with.check(recorded.view).ok());
        const EventDraft other = draft_of("buy", "p" + std::to_string(i % 50), 1);
        const bool between = random.chance(0.1);
        if (between) observe(with, other);
        with.observe(recorded.view);
        if (between) observe(without, other);
        recorded.view.schema = 0;
        without.observe(recorded.view);
    }
    std::string a, b;
    with.snapshot(a);
    without.snapshot(b);
    EXPECT_EQ(a, b);
}

TEST(Schema, RefusesDamagedSnapshots) {
    Schema schema(bookshop());
    observe(schema, draft_of("buy", "price", 5));
    std::string bytes;
    schema.snapshot(bytes);
    Schema other(bookshop());
    EXPECT_TRUE(other.restore(bytes).ok());
    EXPECT_FALSE(other.restore("").ok());
    EXPECT_FALSE(other.restore(bytes.substr(0, bytes.size() - 1)).ok());
    EXPECT_FALSE(other.restore(bytes + "x").ok());
    bytes.back() = 99;
    EXPECT_FALSE(other.restore(bytes).ok()) << "an unknown type";
}

}  // namespace
}  // namespace volant::collect
