#include "collect/entities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/testing.h"

namespace volant::collect {
namespace {

using testing::bookshop;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kUser = 0, kBook = 1;
constexpr int kCity = 1, kCategory = 0, kTitle = 1;  // attributes

EventDraft draft_of(std::string type, std::vector<EntityId> entities,
                    std::vector<std::pair<std::string, Value>> properties = {},
                    std::string to = {}) {
    EventDraft draft;
    draft.type = std::move(type);
    draft.entities = std::move(entities);
    draft.properties = std::move(properties);
    draft.to = std::move(to);
    return draft;
}

// Entities with the log's lsn and time beside them.
struct World {
    explicit World(const spec::Spec& of = bookshop()) : spec(of), entities(of) {}

    // Observes an event at `time`; later calls without one are each a second later.
    void tell(const EventDraft& draft, Micros time = -1) {
        now = time >= 0 ? time : now + kSecond;
        testing::Recorded recorded(spec, draft, ++lsn, now);
        entities.observe(recorded.view, effects);
        uses.clear();
        for (const EntityUse& use : recorded.view.entities) uses.push_back(use.index);
    }
    void set(std::string book, std::string attribute, Value value, Micros time = -1) {
        tell(draft_of("$set", {{kBook, std::move(book)}},
                      {{std::move(attribute), std::move(value)}}),
             time);
    }
    void link(std::string from, std::string to, std::string type = "$link") {
        tell(draft_of(std::move(type), {{kUser, std::move(from)}}, {{"relation", "friend"}},
                      std::move(to)));
    }
    void identify(std::string user, std::string anonymous) {
        tell(draft_of("$identify", {{kUser, std::move(user)}},
                      {{"anonymous", std::move(anonymous)}}));
    }
    const Value* attribute(std::string_view book, int attribute) const {
        return entities.attribute(kBook, entities.find(kBook, book), attribute);
    }
    std::vector<std::string> friends(std::string_view user) const {
        std::vector<std::string> found;
        for (const EntityIndex index : entities.links(kUser, entities.find(kUser, user), "friend"))
            found.emplace_back(entities.id(kUser, index));
        return found;
    }
    std::vector<std::string> live_books() const {
        std::vector<std::string> found;
        for (const EntityIndex index : entities.live(kBook, 1'000))
            found.emplace_back(entities.id(kBook, index));
        return found;
    }

    const spec::Spec& spec;
    Entities entities;
    Effects effects;
    std::vector<EntityIndex> uses;
    log::Lsn lsn = 0;
    Micros now = 0;
};

TEST(Entities, IdsGetDenseIndicesThatStay) {
    World world;
    world.tell(draft_of("read", {{kUser, "u1"}, {kBook, "b1"}}));
    const EntityIndex book = world.entities.find(kBook, "b1");
    EXPECT_EQ(book, 0u);
    world.tell(draft_of("read", {{kUser, "u1"}, {kBook, "b2"}}));
    EXPECT_EQ(world.entities.find(kBook, "b2"), 1u);
    EXPECT_EQ(world.entities.find(kBook, "b1"), book);
    EXPECT_EQ(world.entities.bound(kBook), 2u);
    EXPECT_EQ(world.entities.bound(kUser), 1u);
    EXPECT_EQ(world.entities.id(kBook, book), "b1");
    EXPECT_EQ(world.entities.find(kBook, "b3"), kNoEntity);
    EXPECT_EQ(world.entities.find(kUser, "b1"), kNoEntity) << "ids belong to their entity";
}

TEST(Entities, AttributesKeepTheLatestByEventTime) {
    World world;
    world.set("b1", "title", "new", 200);
    world.set("b1", "title", "old", 100);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("new"));
    world.set("b1", "title", "same time, later lsn", 200);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("same time, later lsn"));
    EXPECT_EQ(world.attribute("b1", kCategory), nullptr);
    world.set("b1", "colour", "undeclared", 300);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("same time, later lsn"));
}

TEST(Entities, AValueThatIsTooLargeIsTheLastWordAndKeptAsMissing) {
    World world;
    const std::string largest(kAttributeBytesMax, 'x');
    world.set("b1", "title", Value(largest), 100);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value(largest));
    world.set("b1", "title", Value(largest + "x"), 200);
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
    world.set("b1", "title", "late", 150);
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
    world.set("b1", "title", Value(List(kAttributeBytesMax / kListElementBytes + 1)), 300);
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr) << "small in a record, large in memory";
    world.set("b1", "title", "short", 400);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("short"));
    world.set("b1", "category", Value(largest + "x"));
    EXPECT_EQ(world.entities.attribute_key(kBook, 0, kCategory), UINT32_MAX);
}

TEST(Entities, UnsetWinsOverALateSet) {
    World world;
    world.set("b1", "title", "t", 100);
    world.tell(draft_of("$unset", {{kBook, "b1"}}, {{"title", {}}}), 300);
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
    world.set("b1", "title", "late", 200);
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
    world.set("b1", "title", "again", 400);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("again"));
}

TEST(Entities, ALateUnsetDoesNothing) {
    World world;
    world.set("b1", "title", "t", 300);
    world.tell(draft_of("$unset", {{kBook, "b1"}}, {{"title", {}}}), 100);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("t"));
}

TEST(Entities, DeleteTakesEverything) {
    World world;
    world.set("b1", "title", "t", 100);
    world.set("b2", "title", "t", 100);
    EXPECT_THAT(world.live_books(), ElementsAre("b1", "b2"));
    world.tell(draft_of("$delete", {{kBook, "b1"}}), 200);
    EXPECT_THAT(world.live_books(), ElementsAre("b2"));
    EXPECT_EQ(world.entities.count(kBook), 1u);
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
    ASSERT_EQ(world.effects.gone.size(), 1u);
    EXPECT_EQ(world.effects.gone[0].entity, kBook);
    EXPECT_EQ(world.effects.gone[0].index, world.entities.find(kBook, "b1"));
}

TEST(Entities, WhatCameBeforeADeleteDoesNotUndoIt) {
    World world;
    world.set("b1", "title", "t", 100);
    world.tell(draft_of("$delete", {{kBook, "b1"}}), 300);
    world.set("b1", "title", "late", 200);
    EXPECT_THAT(world.live_books(), IsEmpty());
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
    world.tell(draft_of("read", {{kUser, "u1"}, {kBook, "b1"}}), 400);
    EXPECT_THAT(world.live_books(), ElementsAre("b1")) << "seen again after the $delete";
    EXPECT_EQ(world.attribute("b1", kTitle), nullptr);
}

TEST(Entities, ALateDeleteTakesOnlyWhatWasOlder) {
    World world;
    world.set("b1", "category", "old", 100);
    world.set("b1", "title", "new", 300);
    world.tell(draft_of("$delete", {{kBook, "b1"}}), 200);
    EXPECT_THAT(world.live_books(), ElementsAre("b1"));
    EXPECT_EQ(world.attribute("b1", kCategory), nullptr);
    EXPECT_EQ(*world.attribute("b1", kTitle), Value("new"));
    EXPECT_THAT(world.effects.gone, IsEmpty());
}

TEST(Entities, PredictionsInternWithoutMakingLive) {
    World world;
    Effects effects;
    const EntityIndex index = world.entities.intern(kBook, "b1", effects);
    EXPECT_EQ(world.entities.find(kBook, "b1"), index);
    EXPECT_THAT(world.live_books(), IsEmpty());
    EXPECT_THAT(effects.gone, IsEmpty());
}

TEST(Entities, TheCatalogueIsCutAtTheLimit) {
    World world;
    for (int i = 0; i < 10; ++i) world.set("b" + std::to_string(i), "title", "t");
    EXPECT_EQ(world.entities.live(kBook, 4).size(), 4u);
    EXPECT_EQ(world.entities.count(kBook), 10u);
}

TEST(Entities, KeyedAttributesAreNumberedByFirstOccurrence) {
    World world;
    world.set("b1", "category", "novel");
    world.set("b2", "category", "poems");
    world.set("b3", "category", "novel");
    world.set("b1", "title", "t");
    const auto key = [&](std::string_view book, int attribute) {
        return world.entities.attribute_key(kBook, world.entities.find(kBook, book), attribute);
    };
    EXPECT_EQ(key("b1", kCategory), 0u);
    EXPECT_EQ(key("b2", kCategory), 1u);
    EXPECT_EQ(key("b3", kCategory), 0u);
    EXPECT_EQ(key("b1", kTitle), UINT32_MAX) << "no feature keys by title";
    world.tell(draft_of("$unset", {{kBook, "b1"}}, {{"category", {}}}));
    EXPECT_EQ(key("b1", kCategory), UINT32_MAX);
    world.set("b1", "category", "poems");
    EXPECT_EQ(key("b1", kCategory), 1u);
}

TEST(Entities, LinksKeepTheOrderOfTheLog) {
    World world;
    world.link("u1", "u3");
    world.link("u1", "u2");
    world.link("u1", "u3");
    EXPECT_THAT(world.friends("u1"), ElementsAre("u3", "u2"));
    EXPECT_THAT(world.friends("u2"), IsEmpty()) << "one way only";
    world.link("u1", "u3", "$unlink");
    EXPECT_THAT(world.friends("u1"), ElementsAre("u2"));
    world.link("u1", "nobody", "$unlink");
    EXPECT_EQ(world.entities.find(kUser, "nobody"), kNoEntity);
    EXPECT_TRUE(world.entities.links(kUser, 0, "enemy").empty());
    world.link("u1", "u1");
    EXPECT_THAT(world.friends("u1"), ElementsAre("u2"));
}

TEST(Entities, LinksAreBounded) {
    World world;
    for (std::size_t i = 0; i < kLinksMax + 3; ++i) world.link("u", "f" + std::to_string(i));
    const std::vector<std::string> friends = world.friends("u");
    ASSERT_EQ(friends.size(), kLinksMax);
    EXPECT_EQ(friends.front(), "f3");
}

TEST(Entities, ADeletedIdTakesItsLinksWithIt) {
    World world;
    world.link("u1", "u2");
    world.link("u3", "u2");
    world.link("u2", "u1");
    world.tell(draft_of("$delete", {{kUser, "u2"}}));
    EXPECT_THAT(world.friends("u1"), IsEmpty());
    EXPECT_THAT(world.friends("u3"), IsEmpty());
    EXPECT_THAT(world.friends("u2"), IsEmpty());
}

TEST(Entities, IdentifyMakesTwoIdsOne) {
    World world;
    world.tell(draft_of("$set", {{kUser, "cookie"}}, {{"city", "Lyon"}}));
    world.link("cookie", "u5");
    world.link("u6", "cookie");
    const EntityIndex cookie = world.entities.find(kUser, "cookie");
    world.identify("u1", "cookie");
    const EntityIndex user = world.entities.find(kUser, "u1");
    EXPECT_EQ(world.entities.find(kUser, "cookie"), user);
    EXPECT_EQ(world.entities.id(kUser, user), "u1");
    EXPECT_EQ(*world.entities.attribute(kUser, user, kCity), Value("Lyon"));
    EXPECT_THAT(world.friends("u1"), ElementsAre("u5"));
    EXPECT_THAT(world.friends("u6"), ElementsAre("u1"));
    ASSERT_EQ(world.effects.merges.size(), 1u);
    EXPECT_EQ(world.effects.merges[0].from, cookie);
    EXPECT_EQ(world.effects.merges[0].into, user);
    world.tell(draft_of("open", {{kUser, "cookie"}, {kBook, "b1"}}));
    EXPECT_EQ(world.uses[0] == user || world.uses[1] == user, true);
}

TEST(Entities, RepeatedAndSelfIdentifyChangeNothing) {
    World world;
    world.identify("u1", "cookie");
    EXPECT_THAT(world.effects.merges, IsEmpty()) << "the cookie had no state to join";
    world.identify("u1", "cookie");
    world.identify("u1", "u1");
    world.identify("cookie", "u1");
    EXPECT_THAT(world.effects.merges, IsEmpty());
    EXPECT_EQ(world.entities.find(kUser, "cookie"), world.entities.find(kUser, "u1"));
    EXPECT_EQ(world.entities.count(kUser), 1u);
}

TEST(Entities, IdentifyFollowsChains) {
    World world;
    world.identify("u1", "cookie-1");
    world.identify("u2", "cookie-2");
    world.identify("u3", "u1");
    world.identify("cookie-1", "cookie-2");  // all five are u3 now
    const EntityIndex index = world.entities.find(kUser, "u3");
    for (const char* id : {"u1", "u2", "cookie-1", "cookie-2"})
        EXPECT_EQ(world.entities.find(kUser, id), index);
    EXPECT_EQ(world.entities.id(kUser, index), "u3");
    EXPECT_EQ(world.entities.count(kUser), 1u);
}

TEST(Entities, NamesAreAllIdsOfOneSubject) {
    World world;
    world.set("b1", "title", "t");
    world.identify("u1", "cookie-1");
    world.identify("u2", "cookie-2");
    world.identify("u2", "u1");
    EXPECT_THAT(world.entities.names(kUser, world.entities.find(kUser, "cookie-1")),
                ElementsAre("u2", "cookie-2", "cookie-1", "u1"));
    EXPECT_THAT(world.entities.names(kBook, world.entities.find(kBook, "b1")), ElementsAre("b1"));
}

TEST(Entities, AliasesAreBounded) {
    World world;
    for (std::size_t i = 0; i < kAliasesMax + 2; ++i) world.identify("u", "c" + std::to_string(i));
    EXPECT_EQ(world.entities.find(kUser, "c0"), kNoEntity);
    EXPECT_EQ(world.entities.find(kUser, "c1"), kNoEntity);
    EXPECT_EQ(world.entities.find(kUser, "c2"), world.entities.find(kUser, "u"));
}

spec::Spec bounded(std::uint64_t entities_max) {
    spec::Spec spec = bookshop();
    spec.server.entities_max = entities_max;
    return spec;
}

TEST(Entities, TheLongestUnseenIsEvicted) {
    const spec::Spec spec = bounded(3);
    World world(spec);
    for (const char* book : {"b1", "b2", "b3", "b1"}) world.set(book, "title", "t");
    const EntityIndex second = world.entities.find(kBook, "b2");
    world.set("b4", "title", "t");
    EXPECT_EQ(world.entities.find(kBook, "b2"), kNoEntity);
    EXPECT_EQ(world.entities.find(kBook, "b4"), second) << "its index is used again";
    ASSERT_EQ(world.effects.gone.size(), 1u);
    EXPECT_EQ(world.effects.gone[0].index, second);
    EXPECT_EQ(world.entities.bound(kBook), 3u);
    EXPECT_EQ(world.entities.count(kBook), 3u);
}

TEST(Entities, AnEvictedIdLeavesNothingToTheNextOne) {
    const spec::Spec spec = bounded(2);
    World world(spec);
    world.link("u1", "u2");
    world.tell(draft_of("$set", {{kUser, "u2"}}, {{"city", "Lyon"}}));
    world.tell(draft_of("open", {{kUser, "u1"}, {kBook, "b"}}));
    world.tell(draft_of("open", {{kUser, "u3"}, {kBook, "b"}}));  // u2 goes
    EXPECT_THAT(world.friends("u1"), IsEmpty());
    EXPECT_EQ(world.entities.attribute(kUser, world.entities.find(kUser, "u3"), kCity), nullptr);
}

TEST(Entities, OneSubjectsAliasesCannotEvictItself) {
    const spec::Spec spec = bounded(3);
    World world(spec);
    for (int i = 0; i < 10; ++i) world.identify("u", "c" + std::to_string(i));
    const EntityIndex user = world.entities.find(kUser, "u");
    ASSERT_NE(user, kNoEntity);
    EXPECT_EQ(world.entities.find(kUser, "c9"), user);
    EXPECT_EQ(world.entities.find(kUser, "c8"), user);
    EXPECT_EQ(world.entities.find(kUser, "c7"), kNoEntity);
    EXPECT_EQ(world.entities.bound(kUser), 3u);
}

TEST(Entities, RefusesASnapshotOfAnotherShape) {
    World world;
    world.set("b1", "title", "t");
    std::string bytes;
    world.entities.snapshot(bytes);
    const spec::Spec other = bounded(5);
    Entities entities(other);
    const Status status = entities.restore(bytes);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kConflict);
}

TEST(Entities, RefusesDamagedSnapshots) {
    World world;
    world.set("b1", "title", "t");
    world.link("u1", "u2");
    world.identify("u1", "cookie");
    std::string bytes;
    world.entities.snapshot(bytes);
    Entities entities(bookshop());
    ASSERT_TRUE(entities.restore(bytes).ok());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(entities.restore(bytes.substr(0, size)).ok());
    EXPECT_FALSE(entities.restore(bytes + "x").ok());
    Random random(41);
    for (int round = 0; round < 2'000; ++round) {
        std::string wrong = bytes;
        wrong[9 + random.below(wrong.size() - 9)] = static_cast<char>(random.next());
        (void)entities.restore(wrong);  // may succeed, must not crash
    }
}

}  // namespace
}  // namespace volant::collect
