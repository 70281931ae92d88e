#include "collect/event_json.h"

#include <gtest/gtest.h>

#include "collect/event_parser.h"
#include "collect/testing.h"

namespace volant::collect {
namespace {

using testing::bookshop;

const Fingerprints kFingerprints(secret::MacKey{1, 2, 3});

std::string json_of(const EventDraft& draft) {
    std::string text;
    json::Writer out(text);
    write_draft(out, bookshop(), draft);
    return text;
}

// What is written is read again, and written the same.
TEST(WriteDraft, ReadsBackAsTheSameDraft) {
    const char* const events[] = {
        R"({"event":"read","id":"e 1","time":"2026-11-24T10:00:00.000001Z","user":"u\"1","book":"b/7","properties":{"ms":5300,"score":3.0,"at":"2026-11-24T08:00:00.000000Z","big":9007199254740993,"tags":["a",1,2.5],"where":{"lat":1.5,"lon":-2.0},"null":null,"yes":true}})",
        R"({"event":"$link","id":"e2","user":"u1","to":"u2","properties":{"relation":"friend"}})",
        R"({"event":"$unset","id":"e3","book":"b7","properties":["title","pages"]})",
        R"({"event":"$set","id":"e4","user":"u1","properties":{"age":7,"city":"Köln"}})",
        R"({"event":"open","id":"e5","user":"u1","book":"b1","$strict":true})",
    };
    EventParser parser(bookshop(), kFingerprints, 1);
    for (const char* event : events) {
        const auto draft = parser.parse_one(event);
        ASSERT_TRUE(draft.ok()) << event << ": " << draft.error().message;
        const std::string text = json_of(*draft);
        const auto again = parser.parse_one(text);
        ASSERT_TRUE(again.ok()) << text << ": " << again.error().message;
        EXPECT_EQ(again->type, draft->type);
        EXPECT_EQ(again->id, draft->id);
        EXPECT_EQ(again->time, draft->time);
        EXPECT_EQ(again->to, draft->to);
        EXPECT_EQ(again->strict, draft->strict);
        EXPECT_EQ(again->properties, draft->properties) << text;
        EXPECT_EQ(json_of(*again), text);
    }
}

TEST(WriteDraft, LeavesOutAnIdThatTheClientDidNotGive) {
    EventParser parser(bookshop(), kFingerprints, 1);
    const auto draft = parser.parse_one(R"({"event":"open","user":"u1","book":"b1"})");
    ASSERT_TRUE(draft.ok());
    EXPECT_EQ(json_of(*draft), R"({"event":"open","user":"u1","book":"b1"})");
}

}  // namespace
}  // namespace volant::collect
