#include "collect/ingest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/event_parser.h"
#include "collect/testing.h"

namespace volant::collect {
namespace {

using testing::bookshop;

constexpr Micros kNow = 1'795'514'400 * kSecond;

// The folds, and a turn that applies what is appended to them, as the runner does.
struct World : log::Turn {
    Micros now() const override { return time; }
    log::Lsn next_lsn() const override { return appended.size() + 1; }
    log::Lsn append(log::Record record) override {
        record.lsn = next_lsn();
        const auto view = reader.read(record);
        VOLANT_CHECK(view.ok() && (*view)->lsn == record.lsn &&
                     (*view)->event_time == record.event_time);
        schema.observe(**view);
        if ((*view)->id_given)
            dedup.insert(
                (*view)->fingerprint,
                {record.lsn, event_body_check(record.clear, record.sealed, record.event_time)});
        record.clear = record.sealed = {};
        appended.push_back(record);
        return record.lsn;
    }
    Status make_room(std::size_t) override { return {}; }

    PreparedEvents prepared(std::string_view lines) {
        Result<EventBody> body = parser.parse_body(lines, BodyForm::kNdjson);
        VOLANT_CHECK(body.ok() && body->errors.empty());
        return std::move(body->events);
    }
    Result<Ingested> send(std::string_view text) { return ingest.one(prepared(text)[0], *this); }
    Ingest::Outcome send_all(std::vector<std::string_view> texts) {
        std::string lines;
        for (const std::string_view text : texts) lines.append(text).append("\n");
        return ingest.all(prepared(lines), *this);
    }

    Micros time = kNow;
    std::vector<log::Record> appended;
    Fingerprints fingerprints{secret::MacKey{7}};
    EventParser parser{bookshop(), fingerprints, 1};
    Dedup dedup{100};
    Schema schema{bookshop()};
    EventReader reader{bookshop()};
    Ingest ingest{dedup, schema, reader};
};

TEST(Ingest, AppendsWithTheTimeOfArrival) {
    World world;
    const auto ingested = world.send(R"({"event":"ping"})");
    ASSERT_TRUE(ingested.ok());
    EXPECT_FALSE(ingested->duplicate);
    EXPECT_EQ(ingested->lsn, 1u);
    ASSERT_EQ(world.appended.size(), 1u);
    EXPECT_EQ(world.appended[0].type, log::RecordType::kEvent);
    EXPECT_EQ(world.appended[0].event_time, kNow);
    EXPECT_EQ(world.appended[0].flags, 0);
}

TEST(Ingest, PublishesTheTypesThatLastAndChecksWhatCameUnderOthers) {
    World world;
    EventParser parser(bookshop(), world.fingerprints, 2, &world.ingest.published());
    const auto send = [&](std::string_view text) {
        const Result<EventBody> body = parser.parse_body(text, BodyForm::kJson);
        VOLANT_CHECK(body.ok() && body->events.size() == 1);
        const PreparedEvent event = body->events[0];
        return std::pair(event.schema, world.ingest.one(event, world).ok());
    };
    constexpr std::string_view kPing = R"({"event":"ping","properties":{"n":1}})";
    EXPECT_EQ(send(kPing), std::pair(std::uint64_t{0}, true)) << "nothing is published yet";
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(send(kPing).second);
    const std::uint64_t state = world.schema.state();
    EXPECT_EQ(send(kPing), std::pair(state, true)) << "checked by the parser";
    ASSERT_TRUE(world.send(R"({"event":"ping","properties":{"n":1.5}})").ok());
    ASSERT_NE(world.schema.state(), state);
    EXPECT_EQ(send(kPing), std::pair(state, true)) << "checked again, under the new state";
    EXPECT_FALSE(send(R"({"event":"ping","properties":{"n":"one"}})").second);
}

TEST(Ingest, KeepsTheClientsTime) {
    World world;
    ASSERT_TRUE(world.send(R"({"event":"ping","time":"2020-01-01T00:00:00Z"})").ok());
    EXPECT_EQ(world.appended[0].event_time, 1'577'836'800 * kSecond);
}

TEST(Ingest, ImportedHistoryIsKnownAtItsOwnTime) {
    World world;
    const PreparedEvents events = world.prepared(R"({"event":"ping","time":1000})");
    ASSERT_TRUE(world.ingest.one(events[0], world, KnownAt::kAssumed).ok());
    EXPECT_EQ(world.appended[0].known_at, 1000 * kSecond);
    EXPECT_EQ(world.appended[0].flags, log::kKnownAtAssumed);
}

TEST(Ingest, TheSameIdAgainChangesNothing) {
    World world;
    ASSERT_EQ(world.send(R"({"event":"ping","id":"e-1","properties":{"n":1}})")->lsn, 1u);
    ASSERT_TRUE(world.send(R"({"event":"ping"})").ok());
    const auto again = world.send(R"({"event":"ping","id":"e-1","properties":{"n":1}})");
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->duplicate);
    EXPECT_FALSE(again->other_body);
    EXPECT_EQ(again->lsn, 1u);
    EXPECT_EQ(world.appended.size(), 2u);
}

TEST(Ingest, AnotherBodyUnderAKnownIdIsADuplicateToo) {
    World world;
    ASSERT_TRUE(world.send(R"({"event":"ping","id":"e-1","time":1000,"properties":{"n":1}})").ok());
    for (const char* other :
         {R"({"event":"ping","id":"e-1","time":1000,"properties":{"n":"contradicts"}})",
          R"({"event":"ping","id":"e-1","time":1001,"properties":{"n":1}})",
          R"({"event":"pong","id":"e-1","time":99999999999})"}) {
        const auto again = world.send(other);
        ASSERT_TRUE(again.ok()) << other;
        EXPECT_TRUE(again->duplicate && again->other_body) << other;
    }
    EXPECT_EQ(world.appended.size(), 1u);
}

TEST(Ingest, AnIdThatWeMadeIsADuplicate) {
    World world;
    const PreparedEvents first = world.prepared(R"({"event":"ping"})");
    ASSERT_TRUE(world.ingest.one(first[0], world).ok());
    EXPECT_EQ(world.dedup.count(), 0u) << "it takes no memory";
    const auto again = world.send(R"({"event":"ping","id":")" + std::string(first[0].id()) + "\"}");
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(world.appended.size(), 1u);
}

TEST(Ingest, RefusesTimesOutOfRange) {
    World world;
    for (const char* text : {R"({"event":"ping","time":"2026-11-24T10:10:01Z"})",
                             R"({"event":"ping","time":-3000000000})"}) {
        const auto refused = world.send(text);
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_EQ(refused.error().code, Code::kTimeOutOfRange);
        EXPECT_EQ(refused.error().field, "/time");
    }
    EXPECT_TRUE(world.send(R"({"event":"ping","time":"2026-11-24T10:10:00Z"})").ok())
        << "10 minutes ahead";
    EXPECT_TRUE(world.send(R"({"event":"ping","time":"1900-01-01T00:00:00Z"})").ok());
    EXPECT_EQ(world.appended.size(), 2u);
}

TEST(Ingest, RefusesWhatContradictsEarlierEvents) {
    World world;
    ASSERT_TRUE(world.send(R"({"event":"ping","properties":{"n":1}})").ok());
    const auto refused = world.send(R"({"event":"ping","properties":{"n":"x"}})");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kWrongType);
    EXPECT_EQ(refused.error().field, "/properties/n");
    EXPECT_EQ(world.appended.size(), 1u);
}

TEST(Ingest, AllOrNothing) {
    World world;
    const auto refused = world.send_all(
        {R"({"event":"ping","properties":{"n":1}})", R"({"event":"ping","properties":{"n":"x"}})",
         R"({"event":"ping","time":99999999999})", R"({"event":"ping"})"});
    ASSERT_EQ(refused.errors.size(), 2u);
    EXPECT_EQ(refused.errors[0].first, 1u);
    EXPECT_EQ(refused.errors[0].second.field, "/1/properties/n");
    EXPECT_EQ(refused.errors[1].second.field, "/2/time");
    EXPECT_TRUE(refused.ingested.empty());
    EXPECT_TRUE(world.appended.empty());

    const auto taken = world.send_all({R"({"event":"ping","id":1,"properties":{"n":1}})",
                                       R"({"event":"ping","id":1,"properties":{"n":"x"}})",
                                       R"({"event":"ping","properties":{"n":2.5}})"});
    ASSERT_TRUE(taken.errors.empty());
    ASSERT_EQ(taken.ingested.size(), 3u);
    EXPECT_TRUE(taken.ingested[1].duplicate);
    EXPECT_EQ(taken.ingested[1].lsn, taken.ingested[0].lsn);
    EXPECT_EQ(taken.ingested[2].lsn, 2u);
    EXPECT_EQ(world.appended.size(), 2u);
}

TEST(Ingest, SaysHowManyBytesTheRecordsMayTake) {
    World world;
    const PreparedEvents events =
        world.prepared("{\"event\":\"ping\",\"id\":\"e-1\"}\n{\"event\":\"pong\",\"time\":1000}");
    std::string bytes;
    for (std::size_t i = 0; i < events.size(); ++i) {
        log::Record record;
        record.type = log::RecordType::kEvent;
        record.event_time = kNow - 1;
        record.known_at = kNow;
        record.clear = events[i].clear;
        record.sealed = events[i].sealed;
        log::encode_record(record, bytes);
    }
    EXPECT_EQ(events.record_bytes(), bytes.size());
}

}  // namespace
}  // namespace volant::collect
