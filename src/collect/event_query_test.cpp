#include "collect/event_query.h"

#include <gtest/gtest.h>

#include "collect/event_parser.h"
#include "collect/testing.h"

namespace volant::collect {
namespace {

using testing::bookshop;
using testing::Recorded;

EventDraft parsed(std::string_view text) {
    static const Fingerprints fingerprints(secret::MacKey{1});
    EventParser parser(bookshop(), fingerprints, 1);
    Result<EventDraft> draft = parser.parse_one(text);
    VOLANT_CHECK(draft.ok());
    return std::move(draft).value();
}

std::string written(const EventDraft& draft, Micros known_at = 0) {
    const Recorded recorded(bookshop(), draft, 5, known_at);
    std::string text;
    json::Writer out(text);
    write_event(out, recorded.view, "L5");
    return text;
}

TEST(EventQuery, EventsComeBackAsTheyWereSent) {
    EXPECT_EQ(
        written(
            parsed(
                R"({"event":"read","id":"e-1","time":"2026-11-24T10:00:00Z","user":"u1","book":"b7",
                  "properties":{"ms":5300,"score":2,"device":"phone","p":{"lat":1,"lon":2.5},"l":[1,"x"],"none":null}})"),
            1'000'000),
        R"({"event":"read","id":"e-1","time":"2026-11-24T10:00:00.000000Z","book":"b7","user":"u1",)"
        R"("properties":{"ms":5300,"score":2.0,"device":"phone","p":{"lat":1.0,"lon":2.5},"l":[1,"x"],"none":null},)"
        R"("lsn":"L5","known_at":"1970-01-01T00:00:01.000000Z"})");
}

TEST(EventQuery, SpecialEventsToo) {
    EXPECT_EQ(
        written(parsed(
            R"({"event":"$link","id":1,"time":0,"user":"a","to":"b","properties":{"relation":"friend"}})")),
        R"({"event":"$link","id":"1","time":"1970-01-01T00:00:00.000000Z","user":"a","to":"b",)"
        R"("properties":{"relation":"friend"},"lsn":"L5","known_at":"1970-01-01T00:00:00.000000Z"})");
    EXPECT_NE(written(parsed(R"({"event":"$unset","book":"b","properties":["title"]})"))
                  .find(R"("properties":["title"])"),
              std::string::npos);
    EXPECT_NE(written(parsed(R"({"event":"read","$strict":true,"user":"u","book":"b"})"))
                  .find(R"("$strict":true)"),
              std::string::npos);
}

TEST(EventQuery, WhatComesBackCanBeSentAgain) {
    const EventDraft draft = parsed(
        R"({"event":"read","id":"e-1","time":1000,"user":"u/\"1","book":7,"properties":{"ms":1}})");
    std::string text = written(draft);
    text = text.substr(0, text.find(",\"lsn\"")) + "}";
    const EventDraft again = parsed(text);
    EXPECT_EQ(again.id, draft.id);
    EXPECT_EQ(again.time, draft.time);
    EXPECT_EQ(again.properties, draft.properties);
    EXPECT_EQ(again.entities[1].id, "u/\"1");
}

TEST(EventQuery, FiltersByEventEntityAndTime) {
    const Entities entities(bookshop());
    const Recorded recorded(bookshop(),
                            parsed(R"({"event":"open","time":1000,"user":"u1","book":"b1"})"));
    const auto fits = [&](const EventFilter& filter) { return matches(filter, recorded.view); };
    EXPECT_TRUE(fits({}));
    EXPECT_TRUE(fits({.event = "open"}));
    EXPECT_FALSE(fits({.event = "read"}));
    EXPECT_TRUE(fits({.entities = {{0, {"u1"}}, {1, {"b1"}}}}));
    EXPECT_FALSE(fits({.entities = {{0, {"u1"}}, {1, {"b2"}}}}));
    EXPECT_TRUE(fits({.from = 1000 * kSecond}));
    EXPECT_FALSE(fits({.from = 1000 * kSecond + 1}));
    EXPECT_FALSE(fits({.to = 1000 * kSecond}));
    EXPECT_TRUE(fits({.to = 1000 * kSecond + 1}));
}

TEST(EventQuery, AnIdentifiedSubjectIsFoundUnderAllItsNames) {
    Entities entities(bookshop());
    Effects effects;
    const EventDraft anonymous = parsed(R"({"event":"open","user":"cookie","book":"b1"})");
    for (const EventDraft& draft :
         {anonymous,
          parsed(R"({"event":"$identify","user":"u1","properties":{"anonymous":"cookie"}})")}) {
        Recorded recorded(bookshop(), draft);
        entities.observe(recorded.view, effects);
    }
    const Recorded recorded(bookshop(), anonymous);
    const auto finds = [&](const char* user) {
        EventFilter filter{.entities = {{0, {user}}}};
        add_names(filter, entities);
        return matches(filter, recorded.view);
    };
    EXPECT_TRUE(finds("u1"));
    EXPECT_TRUE(finds("cookie"));
    EXPECT_FALSE(finds("u2"));
}

}  // namespace
}  // namespace volant::collect
