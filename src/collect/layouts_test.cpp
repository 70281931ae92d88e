// What a parser has seen before must never show: not in the bytes it makes, nor in what it refuses.
#include "collect/layouts.h"

#include <gtest/gtest.h>

#include <iterator>

#include "collect/event_parser.h"
#include "collect/testing.h"
#include "core/random.h"

namespace volant::collect {
namespace {

using testing::bookshop;

const Fingerprints kFingerprints(secret::MacKey{1, 2, 3});

const char* one_of(Random& random, std::initializer_list<const char*> texts) {
    return std::data(texts)[random.below(texts.size())];
}

// Mostly an event of one of a few forms; now and then anything may be wrong with it.
std::string random_event(Random& random, int number) {
    const auto rarely = [&] { return random.below(12) == 0; };
    const std::string type =
        rarely() ? one_of(random, {"", "$set", "$unset", "$link", "nobody's", "bad\\u0001name"})
                 : one_of(random, {"read", "open", "ping", "read"});
    const std::string space = rarely() ? " " : "";
    std::vector<std::string> members = {"\"id\":\"e" + std::to_string(number) + "\"",
                                        "\"event\":\"" + type + "\"", "\"user\":\"u1\"",
                                        "\"book\"" + space + ":\"b2\""};
    if (rarely())
        members.push_back(one_of(random, {"\"to\":\"x\"", "\"time\":\"2026-01-01\"",
                                          "\"user\":\"u2\"", "\"what\":1", "\"$strict\":true"}));
    if (rarely()) std::swap(members[random.below(2)], members[2 + random.below(2)]);
    std::string properties;
    const auto add = [&](std::string name, std::string value) {
        if (rarely()) name = one_of(random, {"ms", "b\\\\s", "m\\u0073", "", "a\\tb", "more"});
        if (rarely())
            value = one_of(
                random, {"null", "7", "1.5", "true", "\"x\"", "[1,\"a\"]", "{\"lat\":1,\"lon\":2}",
                         "tru", "10000000000000000000", "{}", "1e999", "\"\\ud800\""});
        properties +=
            (properties.empty() ? "\"" : ",\"") + name + "\"" + space + ":" + space + value;
    };
    if (!rarely()) add("ms", std::to_string(random.below(100'000)));
    add("score", rarely() ? "3" : "0." + std::to_string(random.below(1000)));
    if (type == "ping") add("device", "\"phone\"");
    add("note", "\"a note of " + std::to_string(random.below(1000)) + " characters or so\"");
    if (!rarely()) add("tags", "[\"a\",\"b\"]");
    if (rarely()) add("at", "\"2026-11-24T10:00:00Z\"");
    members.push_back("\"properties\":" + (rarely() ? "[\"a\"]" : "{" + properties + "}"));
    if (rarely()) std::swap(members.back(), members[1]);
    std::string text = "{";
    for (const std::string& member : members) text += (text.size() > 1 ? "," : "") + member;
    return text + (rarely() ? "" : "}") + (rarely() ? "x" : "");
}

std::string said(const Error& error) {
    return std::to_string(static_cast<int>(error.code)) + " " + error.field + " " + error.message +
           " " + error.hint;
}

TEST(Layouts, WhatCameBeforeDoesNotShow) {
    Random random(41);
    Schema schema(bookshop());
    PublishedSchema published;
    EventParser seasoned(bookshop(), kFingerprints, 1, &published);
    int usual = 0, refused = 0;
    for (int number = 0; number < 20'000; ++number) {
        const std::string text = random_event(random, number);
        EventParser fresh(bookshop(), kFingerprints, 2);
        const auto expected = fresh.parse_body(text, BodyForm::kJson);
        const auto found = seasoned.parse_body(text, BodyForm::kJson);
        ASSERT_EQ(found.ok(), expected.ok()) << text;
        if (!expected.ok()) {
            ASSERT_EQ(said(found.error()), said(expected.error())) << text;
            continue;
        }
        ASSERT_EQ(found->events.size(), expected->events.size()) << text;
        if (expected->events.size() == 0) {
            ++refused;
            ASSERT_EQ(said(found->errors[0].second), said(expected->errors[0].second)) << text;
            continue;
        }
        const PreparedEvent event = found->events[0], other = expected->events[0];
        ASSERT_EQ(event.clear, other.clear) << text;
        ASSERT_EQ(event.sealed, other.sealed) << text;
        ASSERT_EQ(event.time, other.time);
        ASSERT_EQ(other.schema, 0u);

        log::Record record;
        record.clear = event.clear;
        record.sealed = event.sealed;
        EventView view;
        ASSERT_TRUE(decode_event(bookshop(), record, view).ok()) << text;
        const std::uint64_t state = schema.state();
        const bool settled = event.schema == state;
        const bool accepted = schema.check(view).ok();
        if (accepted) schema.observe(view);
        usual += settled;
        ASSERT_TRUE(!settled || (accepted && schema.state() == state)) << text;
        if (random.below(20) == 0) published.publish(schema);
    }
    EXPECT_GT(usual, 1'000);
    EXPECT_GT(refused, 1'000);
}

TEST(Layouts, AStrictEventIsCheckedWhateverCameBefore) {
    EventParser parser(bookshop(), kFingerprints, 1);
    const auto event = [](const char* more) {
        return std::string(
                   R"({"event":"read","user":"u","book":"b","properties":{"ms":1,"own":2})") +
               more + "}";
    };
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(parser.parse_one(event("")).ok());
    for (int i = 0; i < 3; ++i) {
        const auto refused = parser.parse_one(event(R"(,"$strict":true)"));
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().field, "/properties/own");
    }
}

TEST(Layouts, AnotherTakesItsPlaceAfterTwoMisses) {
    Layouts layouts;
    const spec::Spec& spec = bookshop();
    const auto event = [](std::string_view name) {
        EventView view;
        view.type = "ping";
        view.properties.push_back({name, std::string_view("\x02\x02", 2)});
        return view;
    };
    EXPECT_EQ(layouts.likely("ping", nullptr), nullptr);
    layouts.learn(spec, event("a"));
    ASSERT_NE(layouts.likely("ping", nullptr), nullptr);
    layouts.learn(spec, event("b"));
    EXPECT_EQ(layouts.likely("ping", nullptr)->names[0], "a");
    layouts.learn(spec, event("b"));
    EXPECT_EQ(layouts.likely("ping", nullptr)->names[0], "b");
    EXPECT_EQ(layouts.likely("pong", nullptr), nullptr);
}

}  // namespace
}  // namespace volant::collect
