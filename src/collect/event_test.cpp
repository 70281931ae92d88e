#include "collect/event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/testing.h"
#include "core/random.h"

namespace volant::collect {
namespace {

using testing::bookshop;
using testing::hex;

log::Record record_of(std::string_view clear, std::string_view sealed) {
    log::Record record;
    record.lsn = 7;
    record.type = log::RecordType::kEvent;
    record.event_time = 1'000;
    record.known_at = 2'000;
    record.clear = clear;
    record.sealed = sealed;
    return record;
}

EventDraft read_of_a_book() {
    EventDraft draft;
    draft.id = "e-1";
    draft.id_given = true;
    draft.type = "read";
    draft.time = 1'000;
    draft.entities = {{0, "u1"}, {1, "b7"}};
    draft.properties = {{"ms", Value(5300)}, {"device", Value("phone")}};
    return draft;
}

// These bytes are on people's disks: a change here needs a new version byte.
TEST(Event, GoldenBytes) {
    std::string clear, sealed;
    encode_event(bookshop(), read_of_a_book(), Hash128{0x0102030405060708, 0x1112131415161718},
                 clear, sealed);
    EXPECT_EQ(hex(clear),
              "01030472656164"                    // version, flags, "read"
              "08070605040302011817161514131211"  // fingerprint
              "0104626f6f6b026237"                // one entity: "book" "b7"
              "01026d7302e852");                  // one property: "ms" int 5300
    EXPECT_EQ(hex(sealed),
              "03652d31"                          // "e-1"
              "0104757365720275"                  // one entity: "user" "u1"
              "31"                                //
              "0106646576696365040570686f6e65");  // one property: "device" string "phone"
}

TEST(Event, SubjectStandsOnlyInTheSealedPart) {
    EventDraft draft = read_of_a_book();
    draft.entities[0].id = "someone-in-particular";
    std::string clear, sealed;
    encode_event(bookshop(), draft, {}, clear, sealed);
    EXPECT_THAT(clear, ::testing::Not(::testing::HasSubstr("someone")));
    EXPECT_THAT(clear, ::testing::Not(::testing::HasSubstr("phone")));
    EXPECT_THAT(sealed, ::testing::HasSubstr("someone-in-particular"));
    EXPECT_THAT(sealed, ::testing::Not(::testing::HasSubstr("b7")));
}

TEST(Event, LinkedSubjectIsSealedAndLinkedItemIsNot) {
    for (int entity : {0, 1}) {
        EventDraft draft;
        draft.type = "$link";
        draft.entities = {{entity, "from"}};
        draft.to = "target";
        draft.properties = {{"relation", Value("friend")}};
        std::string clear, sealed;
        encode_event(bookshop(), draft, {}, clear, sealed);
        EXPECT_EQ(clear.find("target") != std::string::npos, entity == 1);
        EXPECT_EQ(sealed.find("target") != std::string::npos, entity == 0);
        EventView view;
        ASSERT_TRUE(decode_event(bookshop(), record_of(clear, sealed), view).ok());
        EXPECT_EQ(view.to, "target");
    }
}

TEST(Event, RecordOutlivesTheOrderOfEntities) {
    std::string clear, sealed;
    encode_event(bookshop(), read_of_a_book(), {}, clear, sealed);
    spec::Spec later = bookshop();
    std::swap(later.entities[0], later.entities[1]);
    later.entities.pop_back();  // `user` is gone
    later.subject = -1;
    EventView view;
    ASSERT_TRUE(decode_event(later, record_of(clear, sealed), view).ok());
    ASSERT_NE(view.entity(0), nullptr);
    EXPECT_EQ(view.entity(0)->id, "b7");
    ASSERT_EQ(view.entities.size(), 2u);
    EXPECT_EQ(view.entities[1].entity, -1);
    EXPECT_EQ(view.entities[1].name, "user");
}

Value random_value(Random& random, int depth = 0) {
    switch (random.below(depth < 3 ? 8 : 7)) {
        case 0:
            return {};
        case 1:
            return random.chance(0.5);
        case 2:
            return static_cast<std::int64_t>(random.next());
        case 3:
            return random.normal() * 1e6;
        case 4:
            return testing::random_text(random, 40);
        case 5:
            return Time{static_cast<Micros>(random.next() >> 8)};
        case 6:
            return Point{random.uniform() * 90, random.uniform() * 180};
        default: {
            List list;
            for (std::uint64_t i = random.below(4); i > 0; --i)
                list.push_back(random_value(random, depth + 1));
            return list;
        }
    }
}

EventDraft random_draft(Random& random) {
    EventDraft draft;
    draft.id = testing::random_text(random, 256);
    draft.id_given = random.chance(0.5);
    draft.type = random.chance(0.5) ? "read" : testing::random_text(random, 30);
    if (random.chance(0.7)) draft.time = static_cast<Micros>(random.below(1'000'000));
    draft.strict = random.chance(0.2);
    for (int entity = 0; entity < 2; ++entity)
        if (random.chance(0.7))
            draft.entities.push_back({entity, testing::random_text(random, 256)});
    if (!draft.entities.empty() && random.chance(0.3)) draft.to = testing::random_text(random, 20);
    for (std::uint64_t i = random.below(6); i > 0; --i)
        draft.properties.emplace_back("p" + std::to_string(i), random_value(random));
    return draft;
}

TEST(Event, RandomDraftsComeBackWhole) {
    Random random(11);
    EventView view;  // reused on purpose: nothing of an earlier event may remain
    for (int round = 0; round < 2'000; ++round) {
        const EventDraft draft = random_draft(random);
        const Hash128 fingerprint{random.next(), random.next()};
        std::string clear, sealed;
        encode_event(bookshop(), draft, fingerprint, clear, sealed);
        ASSERT_TRUE(decode_event(bookshop(), record_of(clear, sealed), view).ok());
        EXPECT_EQ(view.lsn, 7u);
        EXPECT_EQ(view.event_time, 1'000);
        EXPECT_EQ(view.known_at, 2'000);
        EXPECT_EQ(view.id, draft.id);
        EXPECT_EQ(view.id_given, draft.id_given);
        EXPECT_EQ(view.time_given, draft.time.has_value());
        EXPECT_EQ(view.strict, draft.strict);
        EXPECT_EQ(view.type, draft.type);
        EXPECT_EQ(view.event, draft.type == "read" ? 1 : -1);
        EXPECT_EQ(view.to, draft.to);
        EXPECT_EQ(view.fingerprint, draft.id_given ? fingerprint : Hash128{});
        ASSERT_EQ(view.entities.size(), draft.entities.size());
        for (const EntityId& use : draft.entities) {
            ASSERT_NE(view.entity(use.entity), nullptr);
            EXPECT_EQ(view.entity(use.entity)->id, use.id);
        }
        ASSERT_EQ(view.properties.size(), draft.properties.size());
        for (const auto& [name, value] : draft.properties) {
            ASSERT_NE(view.property(name), nullptr) << name;
            EXPECT_EQ(view.property(name)->value(), value);
        }
    }
}

TEST(Event, RefusesTruncatedAndLengthenedBytes) {
    std::string clear, sealed;
    encode_event(bookshop(), read_of_a_book(), {1, 2}, clear, sealed);
    EventView view;
    ASSERT_TRUE(decode_event(bookshop(), record_of(clear, sealed), view).ok());
    for (std::size_t size = 0; size < clear.size(); ++size) {
        const Status status =
            decode_event(bookshop(), record_of(clear.substr(0, size), sealed), view);
        ASSERT_FALSE(status.ok()) << size;
        EXPECT_EQ(status.error().code, Code::kCorrupt);
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(decode_event(bookshop(), record_of(clear, sealed.substr(0, size)), view).ok())
            << size;
    EXPECT_FALSE(decode_event(bookshop(), record_of(clear + '\0', sealed), view).ok());
    EXPECT_FALSE(decode_event(bookshop(), record_of(clear, sealed + '\0'), view).ok());
}

TEST(Event, RefusesUnknownVersionAndFlags) {
    std::string clear, sealed;
    encode_event(bookshop(), read_of_a_book(), {1, 2}, clear, sealed);
    EventView view;
    std::string other = clear;
    other[0] = 2;
    EXPECT_FALSE(decode_event(bookshop(), record_of(other, sealed), view).ok());
    other = clear;
    other[1] = static_cast<char>(other[1] | 64);
    EXPECT_FALSE(decode_event(bookshop(), record_of(other, sealed), view).ok());
}

TEST(Event, RandomBytesNeverDoMoreThanFail) {
    Random random(12);
    EventView view;
    for (int round = 0; round < 20'000; ++round) {
        std::string clear, sealed;
        encode_event(bookshop(), random_draft(random), {1, 2}, clear, sealed);
        for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
            std::string& part = random.chance(0.5) ? clear : sealed;
            part[random.below(part.size())] = static_cast<char>(random.next());
        }
        if (decode_event(bookshop(), record_of(clear, sealed), view).ok())
            for (const auto& property : view.properties) (void)property.value();
    }
}

}  // namespace
}  // namespace volant::collect
