#include "collect/event_parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/entities.h"
#include "collect/testing.h"
#include "core/time_zone.h"

namespace volant::collect {
namespace {

using testing::bookshop;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Fingerprints kFingerprints(secret::MacKey{1, 2, 3});

struct Parser : EventParser {
    explicit Parser(const spec::Spec& spec = bookshop()) : EventParser(spec, kFingerprints, 1) {}
};

EventDraft parsed(std::string_view text, const spec::Spec& spec = bookshop()) {
    Result<EventDraft> draft = Parser(spec).parse_one(text);
    if (!draft.ok())
        ADD_FAILURE() << text << ": " << draft.error().field << " " << draft.error().message;
    return draft.ok() ? std::move(draft).value() : EventDraft();
}

const Value* property(const EventDraft& draft, std::string_view name) {
    for (const auto& [known, value] : draft.properties)
        if (known == name) return &value;
    return nullptr;
}

TEST(EventParser, ReadsAnEvent) {
    const EventDraft draft =
        parsed(R"({"event":"read","user":"u1","book":"b/7","time":"2026-11-24T10:00:00Z",
        "id":"e-1","properties":{"ms":5300,"device":"phone","tags":["a",1],"at":"2026-11-24T09:00:00+01:00"}})");
    EXPECT_EQ(draft.type, "read");
    EXPECT_EQ(draft.event, 1);
    EXPECT_EQ(draft.id, "e-1");
    EXPECT_TRUE(draft.id_given);
    EXPECT_EQ(draft.time, 1'795'514'400 * kSecond);
    ASSERT_EQ(draft.entities.size(), 2u);
    EXPECT_EQ(draft.entities[1].entity, 1);
    EXPECT_EQ(draft.entities[1].id, "b/7");
    EXPECT_EQ(*property(draft, "ms"), Value(5300));
    EXPECT_EQ(*property(draft, "tags"), Value(List{"a", 1}));
    EXPECT_EQ(*property(draft, "at"), Value(Time{1'795'507'200 * kSecond})) << "a declared time";
}

TEST(EventParser, TheOrderOfKeysDoesNotMatter) {
    const EventDraft draft =
        parsed(R"({"properties":{"at":0,"score":2},"book":"b","user":"u","event":"read"})");
    EXPECT_EQ(*property(draft, "at"), Value(Time{0}));
    EXPECT_EQ(*property(draft, "score"), Value(2.0)) << "an int becomes a declared double";
}

TEST(EventParser, AnIntegerBeyondInt64IsADeclaredDoubleOrNothing) {
    const EventDraft draft = parsed(
        R"({"properties":{"score":10000000000000000000},"book":"b","user":"u","event":"read"})");
    EXPECT_EQ(*property(draft, "score"), Value(1e19));
    for (const char* name : {"ms", "undeclared"}) {
        const auto refused =
            Parser().parse_one(R"({"event":"read","user":"u","book":"b","properties":{")" +
                               std::string(name) + R"(":10000000000000000000}})");
        ASSERT_FALSE(refused.ok()) << name;
        EXPECT_EQ(refused.error().code, Code::kOutOfRange);
        EXPECT_EQ(refused.error().field, "/properties/" + std::string(name));
    }
}

TEST(EventParser, MakesAnIdThatIsRecognised) {
    const EventDraft draft = parsed(R"({"event":"ping"})");
    EXPECT_FALSE(draft.id_given);
    EXPECT_TRUE(kFingerprints.is_generated_event_id(draft.id));
}

TEST(EventParser, IntegersAreIds) {
    const EventDraft draft =
        parsed(R"({"event":"open","user":17,"book":123456789012345678901,"id":5})");
    EXPECT_EQ(draft.entities[0].id, "17");
    EXPECT_EQ(draft.entities[1].id, "123456789012345678901");
    EXPECT_EQ(draft.id, "5");
    EXPECT_EQ(*property(parsed(R"({"event":"$identify","user":"u","properties":{"anonymous":9}})"),
                        "anonymous"),
              Value("9"));
}

TEST(EventParser, TimesComeInSeveralForms) {
    for (const char* time : {"\"2026-11-24T10:00:00Z\"", "\"2026-11-24T11:00:00+0100\"",
                             "1795514400", "1795514400.0", "1795514400000", "1795514400000000"})
        EXPECT_EQ(parsed(std::string(R"({"event":"ping","time":)") + time + "}").time,
                  1'795'514'400 * kSecond)
            << time;
    EXPECT_EQ(parsed(R"({"event":"ping"})").time, std::nullopt);
    spec::Spec local = bookshop();
    local.zone = {true, 60};
    EXPECT_EQ(parsed(R"({"event":"ping","time":"2026-11-24T11:00:00"})", local).time,
              1'795'514'400 * kSecond);
    local.zone = {.allow_local = true, .named = *TimeZone::load("America/New_York")};
    EXPECT_EQ(parsed(R"({"event":"ping","time":"2026-11-24T05:00:00"})", local).time,
              1'795'514'400 * kSecond);
}

TEST(EventParser, UndeclaredThingsAreTaken) {
    const EventDraft draft = parsed(
        R"({"event":"undeclared","book":"b","properties":{"x":null,"p":{"lat":1,"lon":2}}})");
    EXPECT_EQ(draft.event, -1);
    EXPECT_TRUE(property(draft, "x")->is_null());
    EXPECT_EQ(*property(draft, "p"), Value(Point{1, 2}));
    parsed(R"({"event":"read","user":"u","book":"b","properties":{"more":true}})");
    parsed(R"({"event":"$set","book":"b","properties":{"colour":"red"}})");
}

TEST(EventParser, SpecialEvents) {
    EXPECT_EQ(*property(parsed(R"({"event":"$set","book":"b","properties":{"price":3}})"), "price"),
              Value(3.0));
    parsed(R"({"event":"$set","book":"b"})");
    const EventDraft unset =
        parsed(R"({"event":"$unset","book":"b","properties":["title","pages"]})");
    ASSERT_EQ(unset.properties.size(), 2u);
    EXPECT_EQ(unset.properties[0].first, "title");
    EXPECT_TRUE(unset.properties[0].second.is_null());
    parsed(R"({"event":"$delete","book":"b"})");
    EXPECT_EQ(
        parsed(R"({"event":"$link","user":"a","to":"b","properties":{"relation":"friend"}})").to,
        "b");
    EXPECT_EQ(
        parsed(R"({"event":"$unlink","book":"a","to":7,"properties":{"relation":"sequel"}})").to,
        "7");
    parsed(R"({"event":"$identify","user":"u","properties":{"anonymous":"cookie"}})");
}

TEST(EventParser, AnAttributeIsRefusedPastWhatIsKeptOfIt) {
    const auto set = [](std::string_view name, std::string_view value) {
        return Parser().parse_one(
            fmt::format(R"({{"event":"$set","book":"b","properties":{{"{}":{}}}}})", name, value));
    };
    const std::string largest(kAttributeBytesMax, 'x');
    EXPECT_TRUE(set("category", '"' + largest + '"').ok());
    const auto refused = set("category", '"' + largest + "x\"");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kOutOfRange);
    EXPECT_EQ(refused.error().field, "/properties/category");
    EXPECT_EQ(
        refused.error().message,
        "attribute \"category\" of \"book\": found a string of 4097 bytes, expected at most 4096");
    EXPECT_TRUE(set("title", '"' + largest + "x\"").ok()) << "no feature is made of a text";
    EXPECT_TRUE(set("colour", '"' + largest + "x\"").ok()) << "it is logged, and not kept";
}

struct Refusal {
    const char* text;
    Code code;
    const char* field;
    const char* says = "";
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.text;
}

class Refuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refuses, ByCodeFieldAndMessage) {
    const Refusal& expected = GetParam();
    const Result<EventDraft> draft = Parser().parse_one(expected.text);
    ASSERT_FALSE(draft.ok()) << expected.text;
    EXPECT_EQ(draft.error().code, expected.code) << expected.text << ": " << draft.error().message;
    EXPECT_EQ(draft.error().field, expected.field) << expected.text;
    EXPECT_THAT(draft.error().message + draft.error().hint, HasSubstr(expected.says))
        << expected.text;
}

#define E "{\"event\":"
INSTANTIATE_TEST_SUITE_P(
    Texts, Refuses,
    ::testing::Values(Refusal{"", Code::kInvalidJson, ""}, Refusal{"{", Code::kInvalidJson, ""},
                      Refusal{E "\"x\"} x", Code::kInvalidJson, ""},
                      Refusal{"[1]", Code::kWrongType, ""}, Refusal{"3", Code::kWrongType, ""},
                      Refusal{E "\"\xff\"}", Code::kInvalidUtf8, ""},
                      Refusal{"{}", Code::kMissingField, "/event"},
                      Refusal{E "\"x\",\"event\":\"y\"}", Code::kDuplicateKey, "/event"},
                      Refusal{E "\"x\",\"properties\":{\"a\":1,\"a\":2}}", Code::kDuplicateKey,
                              "/properties/a"}));

INSTANTIATE_TEST_SUITE_P(
    Fields, Refuses,
    ::testing::Values(Refusal{E "5}", Code::kWrongType, "/event"},
                      Refusal{E "\"\"}", Code::kOutOfRange, "/event"},
                      Refusal{E "\"a\\nb\"}", Code::kOutOfRange, "/event", "control"},
                      Refusal{E "\"x\",\"usr\":\"u\"}", Code::kUnknownField, "/usr", "\"user\""},
                      Refusal{E "\"x\",\"zzzzzz\":1}", Code::kUnknownField, "/zzzzzz",
                              "goes into \"properties\""},
                      Refusal{E "\"x\",\"user\":1.5}", Code::kWrongType, "/user"},
                      Refusal{E "\"x\",\"user\":\"\"}", Code::kOutOfRange, "/user"},
                      Refusal{E "\"x\",\"user\":null}", Code::kWrongType, "/user"},
                      Refusal{E "\"x\",\"id\":true}", Code::kWrongType, "/id"},
                      Refusal{E "\"x\",\"$strict\":1}", Code::kWrongType, "/$strict"},
                      Refusal{E "\"x\",\"to\":\"y\"}", Code::kUnknownField, "/to", "$link"},
                      Refusal{E "\"x\",\"time\":\"yesterday\"}", Code::kInvalidTime, "/time"},
                      Refusal{E "\"x\",\"time\":\"2026-11-24T10:00:00\"}", Code::kInvalidTime,
                              "/time"},
                      Refusal{E "\"x\",\"time\":true}", Code::kWrongType, "/time"}));

INSTANTIATE_TEST_SUITE_P(
    Properties, Refuses,
    ::testing::Values(
        Refusal{E "\"x\",\"properties\":5}", Code::kWrongType, "/properties"},
        Refusal{E "\"x\",\"properties\":[\"a\"]}", Code::kWrongType, "/properties",
                "expected an object"},
        Refusal{E "\"x\",\"properties\":{\"\":1}}", Code::kOutOfRange, "/properties/"},
        Refusal{E "\"x\",\"properties\":{\"a\":{\"b\":1}}}", Code::kWrongType, "/properties/a"},
        Refusal{E "\"x\",\"properties\":{\"a\":9223372036854775808}}", Code::kOutOfRange,
                "/properties/a"},
        Refusal{E "\"x\",\"properties\":{\"a\":1e999}}", Code::kOutOfRange, "/properties/a"},
        Refusal{E "\"x\",\"properties\":{\"a\":NaN}}", Code::kInvalidJson, "/properties/a"},
        Refusal{E "\"read\",\"user\":\"u\",\"book\":\"b\",\"properties\":{\"ms\":\"x\"}}",
                Code::kWrongType, "/properties/ms",
                "\"ms\" of \"read\" is declared int, found string \"x\""},
        Refusal{E "\"read\",\"user\":\"u\",\"book\":\"b\",\"properties\":{\"ms\":1.5}}",
                Code::kWrongType, "/properties/ms", "declared int, found double 1.5"},
        Refusal{E "\"read\",\"user\":\"u\",\"book\":\"b\",\"properties\":{\"at\":\"noon\"}}",
                Code::kInvalidTime, "/properties/at"},
        Refusal{E "\"read\",\"user\":\"u\"}", Code::kMissingField, "/book", "\"book\""},
        Refusal{E "\"$set\",\"book\":\"b\",\"properties\":{\"pages\":\"many\"}}", Code::kWrongType,
                "/properties/pages", "attribute \"pages\" of \"book\" is declared int"}));

INSTANTIATE_TEST_SUITE_P(
    Strict, Refuses,
    ::testing::Values(
        Refusal{E "\"reed\",\"$strict\":true}", Code::kUnknownField, "/event", "\"read\""},
        Refusal{
            E "\"read\",\"$strict\":true,\"user\":\"u\",\"book\":\"b\",\"properties\":{\"mss\":1}}",
            Code::kUnknownField, "/properties/mss", "\"ms\""},
        Refusal{E "\"$set\",\"$strict\":true,\"book\":\"b\",\"properties\":{\"colour\":1}}",
                Code::kUnknownField, "/properties/colour"}));

INSTANTIATE_TEST_SUITE_P(
    Special, Refuses,
    ::testing::Values(
        Refusal{E "\"$sett\",\"book\":\"b\"}", Code::kOutOfRange, "/event", "$set"},
        Refusal{E "\"$set\"}", Code::kMissingField, "", "user, book"},
        Refusal{E "\"$set\",\"book\":\"b\",\"user\":\"u\"}", Code::kOutOfRange, "/user",
                "exactly one"},
        Refusal{E "\"$unset\",\"book\":\"b\"}", Code::kMissingField, "/properties"},
        Refusal{E "\"$unset\",\"book\":\"b\",\"properties\":{\"a\":1}}", Code::kWrongType,
                "/properties"},
        Refusal{E "\"$unset\",\"book\":\"b\",\"properties\":[1]}", Code::kWrongType,
                "/properties/0"},
        Refusal{E "\"$delete\",\"book\":\"b\",\"properties\":{\"a\":1}}", Code::kUnknownField,
                "/properties"},
        Refusal{E "\"$link\",\"user\":\"u\",\"properties\":{\"relation\":\"f\"}}",
                Code::kMissingField, "/to"},
        Refusal{E "\"$link\",\"user\":\"u\",\"to\":\"v\"}", Code::kMissingField,
                "/properties/relation"},
        Refusal{E "\"$link\",\"user\":\"u\",\"to\":\"v\",\"properties\":{\"relation\":5}}",
                Code::kWrongType, "/properties/relation"},
        Refusal{
            E "\"$link\",\"user\":\"u\",\"to\":\"v\",\"properties\":{\"relation\":\"f\",\"x\":1}}",
            Code::kUnknownField, "/properties/x"},
        Refusal{E "\"$delete\",\"user\":\"u\",\"to\":\"v\"}", Code::kUnknownField, "/to"},
        Refusal{E "\"$identify\",\"user\":\"u\"}", Code::kMissingField, "/properties/anonymous"},
        Refusal{E "\"$identify\",\"user\":\"u\",\"properties\":{\"anonymous\":1.5}}",
                Code::kWrongType, "/properties/anonymous"},
        Refusal{E "\"$identify\",\"user\":\"u\",\"properties\":{\"anonymous\":\"\"}}",
                Code::kOutOfRange, "/properties/anonymous"},
        Refusal{E "\"$identify\",\"book\":\"b\",\"properties\":{\"anonymous\":\"c\"}}",
                Code::kOutOfRange, "/book", "\"user\""}));
#undef E

TEST(EventParser, StrictInVolantYamlHoldsForEveryEvent) {
    spec::Spec spec = bookshop();
    spec.events[1].strict = true;
    const char* text = R"({"event":"read","user":"u","book":"b","properties":{"more":1}})";
    EXPECT_EQ(Parser(spec).parse_one(text).error().code, Code::kUnknownField);
    spec.entities.push_back({"shop", {}});
    text = R"({"event":"read","user":"u","book":"b","shop":"s"})";
    EXPECT_EQ(Parser(spec).parse_one(text).error().field, "/shop");
    parsed(R"({"event":"open","user":"u","book":"b","shop":"s"})", spec);
}

TEST(EventParser, IdentifyNeedsASubject) {
    spec::Spec spec = bookshop();
    spec.subject = -1;
    const auto draft = Parser(spec).parse_one(
        R"({"event":"$identify","user":"u","properties":{"anonymous":"c"}})");
    ASSERT_FALSE(draft.ok());
    EXPECT_THAT(draft.error().message, HasSubstr("volant.yaml"));
}

TEST(EventParser, IdsAreAtMost256Bytes) {
    const auto with_id = [](std::size_t size) {
        return Parser().parse_one(R"({"event":"x","user":")" + std::string(size, 'u') + "\"}");
    };
    EXPECT_TRUE(with_id(256).ok());
    EXPECT_EQ(with_id(257).error().code, Code::kOutOfRange);
}

TEST(EventParser, NestingIsBounded) {
    const auto nested = [](int depth) {
        const auto size = static_cast<std::size_t>(depth);
        return Parser().parse_one(R"({"event":"x","properties":{"a":)" + std::string(size, '[') +
                                  std::string(size, ']') + "}}");
    };
    EXPECT_TRUE(nested(30).ok());
    EXPECT_EQ(nested(31).error().code, Code::kTooDeep);
    EXPECT_EQ(nested(100'000).error().code, Code::kTooDeep);
}

// --- bodies ---

std::string type_of(const PreparedEvent& event) {
    log::Record record;
    record.clear = event.clear;
    record.sealed = event.sealed;
    EventView view;
    EXPECT_TRUE(decode_event(bookshop(), record, view).ok());
    return std::string(view.type);
}

// Of each element, in order: the type that was read, or the field that was wrong.
std::vector<std::string> outcomes(const EventBody& body) {
    std::vector<std::string> all(body.events.size() + body.errors.size());
    for (std::size_t i = 0; i < body.events.size(); ++i)
        all.at(body.events[i].index) = type_of(body.events[i]);
    for (const auto& [index, error] : body.errors) all.at(index) = error.field;
    return all;
}

TEST(EventParser, OneObjectIsNotMany) {
    const auto body = Parser().parse_body(R"( {"event":"a"} )", BodyForm::kJson);
    ASSERT_TRUE(body.ok());
    EXPECT_FALSE(body->many);
    EXPECT_THAT(outcomes(*body), ElementsAre("a"));
}

TEST(EventParser, ABadElementSpoilsNoOther) {
    Parser parser;
    const auto body = parser.parse_body(
        R"([{"event":"a"},{"event":"b","time":"never"},7,{"event":"c","properties":{"x":{"y":[1]},"z":1}},
            {"event":"d"},{"event":"read","user":"u","properties":{"ms":1}},{"event":"e"}])",
        BodyForm::kJson);
    ASSERT_TRUE(body.ok()) << body.error().message;
    EXPECT_TRUE(body->many);
    EXPECT_THAT(outcomes(*body),
                ElementsAre("a", "/1/time", "/2", "/3/properties/x", "d", "/5/book", "e"));
    EXPECT_THAT(outcomes(*parser.parse_body(R"([{"event":"again"}])", BodyForm::kJson)),
                ElementsAre("again"));
}

TEST(EventParser, LinesAreElements) {
    const auto body = Parser().parse_body(
        "{\"event\":\"a\"}\r\n\n  "
        "\n{\"event\":\"b\",\"time\":\"never\"}\n{\"event\":\n{\"event\":\"c\"} "
        "x\n{\"event\":\"d\"}",
        BodyForm::kNdjson);
    ASSERT_TRUE(body.ok());
    EXPECT_TRUE(body->many);
    EXPECT_THAT(outcomes(*body), ElementsAre("a", "/1/time", "/2/event", "/3", "d"));
}

// As the log would have it, or the error.
std::vector<std::string> everything(const EventBody& body) {
    std::vector<std::string> all(body.events.size() + body.errors.size());
    for (std::size_t i = 0; i < body.events.size(); ++i) {
        const PreparedEvent event = body.events[i];
        all.at(event.index) = std::string(event.clear) + "|" + std::string(event.sealed);
    }
    for (const auto& [index, error] : body.errors)
        all.at(index) = error.field.substr(std::min(error.field.find('/', 1), error.field.size())) +
                        " " + error.message;
    return all;
}

TEST(EventParser, ALineIsReadTheSameWhateverItsNeighboursAre) {
    const std::vector<std::string> kinds = {
        R"({"event":"read","user":"u1","book":7,"id":"a","properties":{"ms":1,"l":[1,"\u00e9"],"at":0}})",
        R"({"event":"x","id":"b","properties":{"s":"text","n":-1.5,"t":true,"z":null}})",
        R"({"event":"$unset","book":"b","id":"c","properties":["title"]})",
        R"( {"event":"x","id":"d"} )"
        "\r",
        R"({"event":"x","id":"e"} {"event":"x","id":"f"})",
        R"({"event":"x","id":"g")",
        R"("id":"h"})",
        R"({"event":"x","id":"i","time":"never"})",
        R"({"event":"x","id":"j","event":"y"})",
        R"([{"event":"x","id":"k"}])",
        R"({"event":"x","id":"l","properties":{"a":1,)",
        "]",
        "12",
        "",
        "\xef\xbb\xbf{\"event\":\"x\",\"id\":\"m\"}",
        "{\"event\":\"x\",\"id\":\"n",
        "{\"event\":\"x\",\"id\":\"\xff\"}",
    };
    Random random(52);
    Parser together, alone;
    for (int round = 0; round < 300; ++round) {
        // Mostly of what can be indexed together; sometimes more than is indexed at once.
        const std::size_t among = kinds.size() - (random.chance(0.7) ? 3 : 0);
        const std::size_t lines = random.chance(0.1) ? 2'000 : random.below(20);
        std::string text;
        std::vector<std::string> expected;
        for (std::size_t i = 0; i <= lines; ++i) {
            const std::string& line = i == lines ? kinds[0] : kinds[random.below(among)];
            text += line + (i == lines ? "" : "\n");
            if (line.empty()) continue;
            const auto body = alone.parse_body(line + "\n" + kinds[0], BodyForm::kNdjson);
            ASSERT_TRUE(body.ok());
            expected.push_back(everything(*body).at(0));
        }
        const auto body = together.parse_body(text, BodyForm::kNdjson);
        ASSERT_TRUE(body.ok()) << text;
        ASSERT_EQ(everything(*body), expected) << text;
    }
}

// A request's properties take a shorter way into the log than a draft's.
TEST(EventParser, WritesTheBytesOfTheEventThatItReads) {
    Random random(54);
    const std::vector<std::string> values = {"1",
                                             "-1.5",
                                             "true",
                                             "false",
                                             "null",
                                             "\"s\"",
                                             "[]",
                                             "[1,[2]]",
                                             R"({"lat":1,"lon":2})",
                                             "1e3",
                                             "\"2026-11-24T10:00:00Z\""};
    const std::vector<std::string> names = {"ms", "device", "at", "score", "x", "a longer name"};
    Parser parser;
    for (int round = 0; round < 2'000; ++round) {
        std::string properties;
        for (const std::string& name : names) {
            if (random.chance(0.4)) continue;
            properties += (properties.empty() ? "\"" : ",\"") + name +
                          "\":" + values[random.below(values.size())];
        }
        const std::string text =
            R"({"event":"read","id":"e","user":"u","book":"b","properties":{)" + properties + "}}";
        const auto draft = parser.parse_one(text);
        const auto body = parser.parse_body(text, BodyForm::kJson);
        ASSERT_TRUE(body.ok());
        ASSERT_EQ(draft.ok(), body->errors.empty()) << text;
        if (!draft.ok()) continue;
        std::string clear, sealed;
        encode_event(bookshop(), *draft, kFingerprints.of(IdKind::kEvent, "e"), clear, sealed);
        EXPECT_EQ(body->events[0].clear, clear) << text;
        EXPECT_EQ(body->events[0].sealed, sealed) << text;
    }
}

TEST(EventParser, EmptyListsAreNoError) {
    EXPECT_EQ(Parser().parse_body("[]", BodyForm::kJson)->events.size(), 0u);
    EXPECT_EQ(Parser().parse_body("\n\n", BodyForm::kNdjson)->events.size(), 0u);
}

TEST(EventParser, RefusesABodyThatCannotBeRead) {
    for (const char* text : {"", "   ", "[{\"event\":\"a\"}", "[{\"event\":\"a\"},]",
                             "[{\"event\":\"a\"}]]", "{\"event\":\"a\"}{", "not json"}) {
        const auto body = Parser().parse_body(text, BodyForm::kJson);
        ASSERT_FALSE(body.ok()) << text;
        EXPECT_EQ(body.error().code, Code::kInvalidJson) << text;
    }
    const auto lines = Parser().parse_body("nonsense\nmore nonsense", BodyForm::kNdjson);
    ASSERT_FALSE(lines.ok());
    EXPECT_EQ(lines.error().code, Code::kInvalidJson);
}

TEST(EventParser, BoundsElementsAndTheirSize) {
    spec::Spec spec = bookshop();
    spec.server.elements_max = 2;
    spec.server.event_max = 100;
    Parser parser(spec);
    const char* three = R"([{"event":"a"},{"event":"a"},{"event":"a"}])";
    EXPECT_EQ(parser.parse_body(three, BodyForm::kJson).error().code, Code::kTooLarge);
    EXPECT_EQ(parser
                  .parse_body("{\"event\":\"a\"}\n{\"event\":\"a\"}\n{\"event\":\"a\"}",
                              BodyForm::kNdjson)
                  .error()
                  .code,
              Code::kTooLarge);
    const std::string large =
        R"({"event":"a","properties":{"x":")" + std::string(200, 'x') + "\"}}";
    const auto body = parser.parse_body("[" + large + R"(,{"event":"b"}])", BodyForm::kJson);
    ASSERT_TRUE(body.ok());
    EXPECT_THAT(outcomes(*body), ElementsAre("/0", "b"));
    EXPECT_EQ(body->errors[0].second.code, Code::kTooLarge);
    EXPECT_EQ(parser.parse_body(large, BodyForm::kJson)->errors[0].second.code, Code::kTooLarge);
}

TEST(EventParser, RandomBytesNeverDoMoreThanFail) {
    Random random(51);
    Parser parser;
    const std::string good =
        R"([{"event":"read","user":"u1","book":7,"time":1795514400,"properties":{"ms":1,"l":[1,"\u00e9"]}},{"event":"$unset","book":"b","properties":["title"]}])";
    for (int round = 0; round < 5'000; ++round) {
        std::string text = good;
        for (std::uint64_t i = 1 + random.below(5); i > 0; --i)
            text[random.below(text.size())] = random.chance(0.5)
                                                  ? static_cast<char>(random.next())
                                                  : R"([]{}",:0tn\)"[random.below(11)];
        (void)parser.parse_body(text, random.chance(0.5) ? BodyForm::kJson : BodyForm::kNdjson);
    }
}

}  // namespace
}  // namespace volant::collect
