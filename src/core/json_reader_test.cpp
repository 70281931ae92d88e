#include "core/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace volant::json {
namespace {

using ::testing::HasSubstr;

// Reads the whole text as one value, as strictly as it can be read.
Status check(std::string_view text) {
    Document document;
    VOLANT_TRY(Item root, document.parse(text));
    VOLANT_TRY(const std::string_view raw, root.raw());
    (void)raw;
    return document.finish();
}

Result<Value> value_of(std::string_view text) {
    Document document;
    VOLANT_TRY(Item root, document.parse(text));
    VOLANT_TRY(Value value, root.value());
    VOLANT_OK(document.finish());
    return value;
}

Code code_of(std::string_view text) {
    const Status status = check(text);
    EXPECT_FALSE(status.ok()) << text;
    return status.ok() ? Code::kInternal : status.error().code;
}

TEST(JsonReader, ReadsEveryTypeOfValue) {
    EXPECT_EQ(*value_of("null"), Value());
    EXPECT_EQ(*value_of(" true "), Value(true));
    EXPECT_EQ(*value_of("-12"), Value(-12));
    EXPECT_EQ(*value_of("9223372036854775807"), Value(INT64_MAX));
    EXPECT_EQ(*value_of("-9223372036854775808"), Value(INT64_MIN));
    EXPECT_EQ(*value_of("1.0"), Value(1.0));
    EXPECT_EQ(*value_of("-0.5e-3"), Value(-0.0005));
    EXPECT_EQ(*value_of("\"\""), Value(""));
    EXPECT_EQ(*value_of("[1,[2.5,\"x\"],[]]"),
              Value(List{Value(1), Value(List{Value(2.5), Value("x")}), Value(List{})}));
    EXPECT_EQ(*value_of("{\"lon\":-180,\"lat\":45.5}"), Value(Point{45.5, -180}));
}

TEST(JsonReader, WritesTheBytesOfTheValueThatItReads) {
    for (const char* text : {"null",
                             "true",
                             "false",
                             "0",
                             "-0",
                             "-12",
                             "9223372036854775807",
                             "1.0",
                             "-0.0",
                             "19.95",
                             "-0.5e-3",
                             "1e3",
                             "123456789012345678901",
                             "\"\"",
                             "\"x\\ny\"",
                             "[]",
                             "[1,[2.5,\"x\"],[],null,true]",
                             "{\"lon\":-180,\"lat\":45.5}",
                             "{\"lat\":1}",
                             "NaN",
                             "-",
                             "01",
                             "[1,]",
                             "[1,x]",
                             "\"\\ud800\""}) {
        Document document;
        Bytes bytes;
        std::string expected;
        BytesWriter out(bytes);
        const Status written = document.parse(text)->write_value(out);
        const Result<Value> value = value_of(text);
        ASSERT_EQ(written.ok(), value.ok()) << text;
        if (!value.ok()) {
            EXPECT_EQ(written.error().code, value.error().code) << text;
            EXPECT_EQ(written.error().message, value.error().message) << text;
            EXPECT_EQ(written.error().field, value.error().field) << text;
            continue;
        }
        volant::Writer(expected).value(*value);
        EXPECT_EQ(bytes.view(), expected) << text;
    }
}

TEST(JsonReader, WritesLongListsWithTheirCount) {
    for (const std::size_t count : {0u, 1u, 127u, 128u, 20'000u}) {
        std::string text = "[";
        for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "7" : ",7";
        text += "]";
        Document document;
        Bytes bytes;
        BytesWriter out(bytes);
        ASSERT_TRUE(document.parse(text)->write_value(out).ok());
        std::string expected;
        volant::Writer(expected).value(*value_of(text));
        EXPECT_EQ(bytes.view(), expected) << count;
    }
}

TEST(JsonReader, ReadsLinesThatWereIndexedTogether) {
    const std::string text = "{\"a\":1}\n [2] \r\n{\"a\":\n3}\n\"\\u00e9\"\n4 5\n6\n\n7";
    Document document;
    ASSERT_TRUE(document.index_lines(text));
    std::vector<std::string> got;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const Result<Value> value = end == begin ? Value("blank") : [&]() -> Result<Value> {
            Item item = document.line();
            if (!item.is_object()) return item.value();
            Value member;
            VOLANT_OK(item.object([&](std::string_view, Item of) -> Status {
                VOLANT_TRY(member, of.value());
                return {};
            }));
            return member;
        }();
        const bool ended = document.end_line(text.data() + end);
        got.push_back(value.ok() && (ended || end == begin) ? describe(*value) : "bad");
        begin = end + 1;
    }
    EXPECT_EQ(got, (std::vector<std::string>{"1", "a list of 1", "bad", "bad", describe(Value("é")),
                                             "bad", "6", describe(Value("blank")), "7"}));
}

TEST(JsonReader, LinesOfWhichOneIsNoTextAreNotIndexed) {
    Document document;
    EXPECT_FALSE(document.index_lines(""));
    EXPECT_FALSE(document.index_lines("  \n "));
    EXPECT_FALSE(document.index_lines("1\n\"open\n2"));
    EXPECT_FALSE(document.index_lines("1\n\"\xff\"\n2"));
    EXPECT_FALSE(document.index_lines("\"a\nb\"")) << "a string over two lines";
}

TEST(JsonReader, UnescapesStringsAndKeysAndLeavesPlainOnesInPlace) {
    const std::string text = R"({"a\u00e9":"q\"\\\/\b\f\n\r\t \ud83d\ude00 \u20AC","b":"读书"})";
    Document document;
    auto root = document.parse(text);
    ASSERT_TRUE(root.ok());
    std::vector<std::string> got;
    const Status status = root->object([&](std::string_view key, Item item) -> Status {
        VOLANT_TRY(const std::string_view v, item.string());
        got.emplace_back(key);
        got.emplace_back(v);
        if (key == "b") {
            EXPECT_GE(v.data(), text.data());
            EXPECT_LT(v.data(), text.data() + text.size());
        }
        return {};
    });
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_TRUE(document.finish().ok());
    EXPECT_EQ(got, (std::vector<std::string>{"aé", "q\"\\/\b\f\n\r\t 😀 €", "b", "读书"}));
}

TEST(JsonReader, RefusesWhatIsNotJson) {
    for (const std::string_view text : {"",
                                        "  ",
                                        "{",
                                        "[",
                                        "]",
                                        "[1",
                                        "[1,",
                                        "[1,]",
                                        "[,1]",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{,}",
                                        "{\"a\" 1}",
                                        "{a:1}",
                                        "{\"a\":1 \"b\":2}",
                                        "[1 2]",
                                        "1 2",
                                        "{} x",
                                        "{}}",
                                        "tru",
                                        "nul",
                                        "truex",
                                        "+1",
                                        "01",
                                        "-",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "1e+",
                                        "0x10",
                                        "1_000",
                                        "\"a",
                                        "\"a\" \"b\"",
                                        "\"a\"b",
                                        "\"\\q\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"\\ud800\\u12\"",
                                        "'a'",
                                        "[1]]",
                                        "{\"a\":[}",
                                        "\\\"a\"",
                                        "12\"a\"",
                                        "\"a\tb\"",
                                        "/* */1",
                                        "1//",
                                        "[NaN]",
                                        "[Infinity]",
                                        "[-Infinity]",
                                        "{1:2}",
                                        "[\"a\":1]"}) {
        EXPECT_EQ(code_of(text), Code::kInvalidJson) << text;
    }
    EXPECT_EQ(code_of(std::string_view("[1\0]", 4)), Code::kInvalidJson);
}

TEST(JsonReader, SaysWhyNaNIsRefused) {
    const Status status = check("{\"x\":NaN}");
    EXPECT_THAT(status.error().message, HasSubstr("found NaN at byte 5"));
    EXPECT_THAT(status.error().hint, HasSubstr("null"));
    EXPECT_EQ(status.error().field, "/x");
}

TEST(JsonReader, RefusesBadUtf8AndHalfSurrogatePairs) {
    EXPECT_EQ(code_of("\"\xff\""), Code::kInvalidUtf8);
    EXPECT_EQ(code_of("\"\xc0\xaf\""), Code::kInvalidUtf8);
    EXPECT_EQ(code_of("\"\xed\xa0\x80\""), Code::kInvalidUtf8);
    EXPECT_EQ(code_of("{\"k\":\"\\ud800\"}"), Code::kInvalidUtf8);
    EXPECT_EQ(code_of("{\"k\":\"\\ude00x\"}"), Code::kInvalidUtf8);
    EXPECT_EQ(code_of("{\"\\ud83d\\u0041\":1}"), Code::kInvalidUtf8);
}

TEST(JsonReader, TakesAByteOrderMark) {
    EXPECT_TRUE(check("\xef\xbb\xbf{}").ok());
}

TEST(JsonReader, RefusesNumbersThatDoNotFit) {
    EXPECT_EQ(code_of("9223372036854775808"), Code::kOutOfRange);
    EXPECT_EQ(code_of("[-9223372036854775809]"), Code::kOutOfRange);
    EXPECT_EQ(code_of("1e999"), Code::kOutOfRange);
    EXPECT_EQ(*value_of("1e-999"), Value(0.0));
    EXPECT_EQ(*value_of("4.9e-324"), Value(4.9e-324));
    EXPECT_EQ(*value_of("1.7976931348623157e308"), Value(1.7976931348623157e308));
}

TEST(JsonReader, IntegersAreNotFloats) {
    Document document;
    for (const std::string_view text : {"1.0", "1e3", "\"1\"", "true", "null", "{}", "[]"}) {
        auto root = document.parse(text);
        const auto v = root->integer();
        ASSERT_FALSE(v.ok()) << text;
        EXPECT_EQ(v.error().code, Code::kWrongType) << text;
    }
    auto root = document.parse("\"x\"");
    EXPECT_EQ(root->integer().error().message, "found string \"x\", expected an integer");
}

TEST(JsonReader, AFailedReadMayBeFollowedByAnother) {
    Document document;
    auto root = document.parse("[7]");
    std::int64_t got = 0;
    ASSERT_TRUE(root->array([&](std::size_t, Item item) -> Status {
                        EXPECT_FALSE(item.string().ok());
                        VOLANT_TRY(got, item.integer());
                        return {};
                    })
                    .ok());
    EXPECT_EQ(got, 7);
    EXPECT_TRUE(document.finish().ok());
}

TEST(JsonReader, IdsAreStringsOrIntegers) {
    const auto id = [](std::string_view text) -> Result<std::string> {
        Document document;
        VOLANT_TRY(Item root, document.parse(text));
        VOLANT_TRY(const std::string_view v, root.id());
        return std::string(v);
    };
    EXPECT_EQ(*id("\"a/b\""), "a/b");
    EXPECT_EQ(*id("17"), "17");
    EXPECT_EQ(*id("-0"), "0");
    EXPECT_EQ(*id("123456789012345678901234567890"), "123456789012345678901234567890");
    EXPECT_EQ(*id('"' + std::string(256, 'x') + '"'), std::string(256, 'x'));
    EXPECT_EQ(id('"' + std::string(257, 'x') + '"').error().code, Code::kOutOfRange);
    EXPECT_EQ(id("\"\"").error().code, Code::kOutOfRange);
    EXPECT_EQ(id("1.5").error().code, Code::kWrongType);
    EXPECT_EQ(id("null").error().code, Code::kWrongType);
    EXPECT_EQ(id("-").error().code, Code::kInvalidJson);
}

TEST(JsonReader, DuplicateKeysAreRefusedAtEverySize) {
    Status status = check("{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2}}");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kDuplicateKey);
    EXPECT_EQ(status.error().field, "/b/c");
    for (const int keys : {1, 2, 31, 32, 33, 34, 500}) {
        std::string text = "{";
        for (int i = 0; i < keys; ++i) text += "\"key" + std::to_string(i) + "\":0,";
        EXPECT_TRUE(check(text + "\"key" + std::to_string(keys) + "\":0}").ok()) << keys;
        for (const int twice : {0, keys / 2, keys - 1}) {
            EXPECT_EQ(code_of(text + "\"key" + std::to_string(twice) + "\":0}"),
                      Code::kDuplicateKey);
        }
    }
}

TEST(JsonReader, KeysThatShareEightBytesAreTold) {
    EXPECT_TRUE(check("{\"12345678a\":1,\"12345678b\":1,\"1234567\":1,\"12345678\":1}").ok());
    EXPECT_EQ(code_of("{\"12345678a\":1,\"12345678a\":1}"), Code::kDuplicateKey);
}

TEST(JsonReader, DepthEndsAt32) {
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i) text += i % 2 == 0 ? "[" : "{\"a\":";
        text += "1";
        for (int i = depth; i-- > 0;) text += i % 2 == 0 ? "]" : "}";
        return text;
    };
    const auto keyed = [&](int depth) -> Status {  // values take no objects, so walk by hand
        const std::string text = nested(depth);
        Document document;
        const auto walk = [](auto& self, Item item) -> Status {
            if (item.is_array()) {
                return item.array([&](std::size_t, Item inner) { return self(self, inner); });
            }
            if (item.is_object()) {
                return item.object([&](std::string_view, Item inner) { return self(self, inner); });
            }
            auto v = item.integer();
            if (!v.ok()) return std::move(v).error();
            return {};
        };
        auto root = document.parse(text);
        VOLANT_OK(walk(walk, *root));
        return document.finish();
    };
    EXPECT_TRUE(keyed(32).ok());
    EXPECT_EQ(keyed(33).error().code, Code::kTooDeep);
    EXPECT_EQ(code_of(std::string(100'000, '[')), Code::kTooDeep);
    EXPECT_TRUE(check(nested(32)).ok());
}

TEST(JsonReader, NamesThePlaceOfAnErrorFromTheRoot) {
    Document document;
    const std::string text = R"([1,{"a/b":[0,{"x~y":"no"}]}])";
    auto root = document.parse(text);
    const Status status = root->array([&](std::size_t index, Item item) -> Status {
        if (index == 0) return {};
        return item.object([](std::string_view, Item list) {
            return list.array([](std::size_t i, Item inner) -> Status {
                if (i == 0) return {};
                return inner.object([](std::string_view, Item leaf) -> Status {
                    VOLANT_TRY(const double v, leaf.number());
                    (void)v;
                    return {};
                });
            });
        });
    });
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().field, "/1/a~1b/1/x~0y");
    EXPECT_EQ(status.error().message, "found string \"no\", expected a number");
}

// The error of each element, or "".
std::vector<std::string> errors_of_elements(std::string_view text) {
    Document document;
    std::vector<std::string> out;
    auto root = document.parse(text);
    EXPECT_TRUE(root.ok()) << text;
    const Status whole = root->elements([&](std::size_t, Item item) -> Status {
        const Status read = item.object([](std::string_view, Item member) -> Status {
            VOLANT_TRY(const Value value, member.value());
            (void)value;
            return {};
        });
        out.push_back(read.ok() ? "" : read.error().message);
        return {};
    });
    EXPECT_TRUE(whole.ok()) << text << ": " << whole.error().message;
    EXPECT_TRUE(document.finish().ok()) << text;
    return out;
}

TEST(JsonReader, AWordThatIsNotJsonSpoilsItsElementAlone) {
    for (const char* bad : {"NaN", "-Infinity", "01", "\"a\\qb\"", "None", "[1,{\"x\":nan}]"}) {
        const auto errors =
            errors_of_elements(std::string("[{\"a\":1},{\"a\":") + bad + ",\"b\":[2]},{\"a\":3}]");
        ASSERT_EQ(errors.size(), 3u) << bad;
        EXPECT_EQ(errors[0], "") << bad;
        EXPECT_NE(errors[1], "") << bad;
        EXPECT_EQ(errors[2], "") << bad;
    }
    EXPECT_THAT(errors_of_elements("[NaN,{}]"), testing::ElementsAre(HasSubstr("NaN"), ""));
}

TEST(JsonReader, AnArrayWhoseBracketsDoNotFitIsNoArray) {
    for (const char* text : {"[{\"a\":NaN]]", "[{\"a\":NaN,}]", "[{\"a\" NaN}]", "[{},,{}]"}) {
        Document document;
        auto root = document.parse(text);
        ASSERT_TRUE(root.ok());
        const Status whole = root->elements([](std::size_t, Item item) -> Status {
            (void)item.object([](std::string_view, Item) -> Status { return {}; });
            return {};
        });
        EXPECT_FALSE(whole.ok() && document.finish().ok()) << text;
    }
}

TEST(JsonReader, NamesTheByteAndTheElementOfWhatTheIndexRefuses) {
    const auto error = [](std::string_view text) {
        Document document;
        return document.parse(text).error();
    };
    EXPECT_EQ(error("[{\"a\":\"],\\\"\"},[1,2],\"\xff\"]").field, "/2");
    EXPECT_THAT(error("[{\"a\":\"],\\\"\"},[1,2],\"\xff\"]").message, HasSubstr("at byte 21"));
    EXPECT_EQ(error("[1,\"a\nb\"]").field, "/1");
    EXPECT_THAT(error("[1,\"a\nb\"]").message, HasSubstr("at byte 5"));
    EXPECT_EQ(error("{\"k\":\"\x01\"}").field, "");
}

TEST(JsonReader, RecognisesUtf16) {
    for (const std::string_view text :
         {std::string_view("{\0\"\0a\0\"\0:\0001\0}\0", 14), std::string_view("\xff\xfe{\0}\0", 6),
          std::string_view("\0{\0\"\0a\0\"\0:\0001\0}", 14)}) {
        Document document;
        const auto root = document.parse(text);
        ASSERT_FALSE(root.ok());
        EXPECT_THAT(root.error().message, HasSubstr("UTF-16"));
    }
}

TEST(JsonReader, RawIsTheTextOfTheValue) {
    Document document;
    auto root = document.parse(R"({"a": [1, {"b" : "x\n"}] , "c": 12 })");
    std::vector<std::string> raws;
    ASSERT_TRUE(root->object([&](std::string_view, Item item) -> Status {
                        VOLANT_TRY(const std::string_view raw, item.raw());
                        raws.emplace_back(raw);
                        return {};
                    })
                    .ok());
    EXPECT_EQ(raws, (std::vector<std::string>{R"([1, {"b" : "x\n"}])", "12"}));
}

TEST(JsonReader, PointsHaveBounds) {
    EXPECT_EQ(value_of(R"({"lat":91,"lon":0})").error().field, "/lat");
    EXPECT_EQ(value_of(R"({"lat":0})").error().code, Code::kWrongType);
    EXPECT_EQ(value_of(R"({"lat":0,"lon":0,"alt":1})").error().code, Code::kWrongType);
    EXPECT_EQ(value_of("{}").error().code, Code::kWrongType);
}

TEST(JsonReader, TimesAreIsoTextsOrNumbers) {
    const auto time = [](std::string_view text) -> Result<Micros> {
        Document document;
        VOLANT_TRY(Item root, document.parse(text));
        return root.time({});
    };
    EXPECT_EQ(*time("\"2026-11-24T10:00:00Z\""), *parse_time("2026-11-24T10:00:00Z"));
    EXPECT_EQ(*time("1700000000"), 1'700'000'000 * kSecond);
    EXPECT_EQ(*time("1700000000.5"), 1'700'000'000 * kSecond + kSecond / 2);
    EXPECT_EQ(time("\"soon\"").error().code, Code::kInvalidTime);
    EXPECT_EQ(time("true").error().code, Code::kWrongType);
}

TEST(JsonReader, ReusesADocumentAfterAFailureAndAfterALargeText) {
    Document document;
    EXPECT_FALSE(document.parse("\"open").ok());
    const std::string large =
        "[\"" + std::string(3u << 20, 'x') + "\",\"\\n" + std::string(2u << 20, 'y') + "\"]";
    auto root = document.parse(large);
    ASSERT_TRUE(root.ok());
    std::size_t bytes = 0;
    ASSERT_TRUE(root->array([&](std::size_t, Item item) -> Status {
                        VOLANT_TRY(const std::string_view v, item.string());
                        bytes += v.size();
                        return {};
                    })
                    .ok());
    EXPECT_EQ(bytes, (3u << 20) + (2u << 20) + 1);
    EXPECT_TRUE(document.finish().ok());
    auto again = document.parse("{\"a\":\"\\t\"}");
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->object([](std::string_view, Item) -> Status { return {}; }).ok());
    EXPECT_TRUE(document.finish().ok());
}

TEST(JsonReader, FinishChecksTheSyntaxOfWhatNobodyRead) {
    Document document;
    EXPECT_TRUE(document.parse("{\"a\":[1,2]}").ok());
    EXPECT_TRUE(document.finish().ok());
    EXPECT_TRUE(document.parse("{\"a\":[1,2}").ok());
    EXPECT_EQ(document.finish().error().code, Code::kInvalidJson);
}

}  // namespace
}  // namespace volant::json
