#include "collect/event_reader.h"

#include <gtest/gtest.h>

#include "collect/testing.h"

namespace volant::collect {
namespace {

using testing::bookshop;
using testing::Recorded;

EventDraft ping(std::string id) {
    EventDraft draft;
    draft.type = "ping";
    draft.id = std::move(id);
    return draft;
}

TEST(EventReader, WhatWasReadAheadGetsItsPlaceAndTimes) {
    EventReader reader(bookshop());
    const Recorded recorded(bookshop(), ping("a"));
    log::Record record = recorded.record;
    reader.ahead(record);
    record.lsn = 7;
    record.event_time = 1'000;
    record.known_at = 2'000;
    const auto event = reader.read(record);
    ASSERT_TRUE(event.ok());
    EXPECT_EQ((*event)->id, "a");
    EXPECT_EQ((*event)->lsn, 7u);
    EXPECT_EQ((*event)->event_time, 1'000);
    EXPECT_EQ((*event)->known_at, 2'000);
}

TEST(EventReader, NothingElseIsTakenForIt) {
    EventReader reader(bookshop());
    const Recorded first(bookshop(), ping("a")), second(bookshop(), ping("b"));
    reader.ahead(first.record);
    EXPECT_EQ((*reader.read(second.record))->id, "b");
    EXPECT_EQ((*reader.read(first.record))->id, "a") << "what was ahead is forgotten";
    // Other bytes at the same place, once the first was given up.
    std::string clear = first.clear, sealed = first.sealed;
    log::Record record = first.record;
    record.clear = clear;
    record.sealed = sealed;
    reader.ahead(record);
    reader.forget();
    sealed = second.sealed;
    record.sealed = sealed;
    EXPECT_EQ((*reader.read(record))->id, "b");
}

TEST(EventReader, RefusesWhatIsNoEvent) {
    EventReader reader(bookshop());
    log::Record record;
    record.clear = "nonsense";
    EXPECT_EQ(reader.read(record).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace volant::collect
