#include "core/json_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/json_reader.h"
#include "core/random.h"
#include "core/text.h"

namespace volant::json {
namespace {

std::string text_of(const Value& value) {
    std::string text;
    Writer(text).value(value);
    return text;
}

Result<Value> read(std::string_view text) {
    Document document;
    VOLANT_TRY(Item root, document.parse(text));
    VOLANT_TRY(Value value, root.value());
    VOLANT_OK(document.finish());
    return value;
}

TEST(JsonWriter, PutsCommasAndColons) {
    std::string text;
    Writer out(text);
    out.object().key("a").array().integer(1).number(2).null().object().end().array().end().end();
    out.key("b").object().key("c").boolean(true).key("d").raw("[0]").end().key("e").string("x");
    out.key("f").unsigned_integer(UINT64_MAX).key("t").time(0).end();
    EXPECT_EQ(out.depth(), 0);
    EXPECT_EQ(text, R"({"a":[1,2.0,null,{},[]],"b":{"c":true,"d":[0]},"e":"x",)"
                    R"("f":18446744073709551615,"t":"1970-01-01T00:00:00.000000Z"})");
}

TEST(JsonWriter, EscapesWhatMustBe) {
    EXPECT_EQ(text_of("q\" \\ / \b\f\n\r\t \x01\x1f\x7f 读😀"),
              "\"q\\\" \\\\ / \\b\\f\\n\\r\\t \\u0001\\u001f\x7f 读😀\"");
    EXPECT_EQ(text_of(std::string("a\0b", 3)), "\"a\\u0000b\"");
}

TEST(JsonWriter, BytesThatAreNotUtf8BecomeReplacements) {
    EXPECT_EQ(text_of("a\xff\xc3z"), "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
    EXPECT_EQ(text_of("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, DoublesStayDoubles) {
    EXPECT_EQ(text_of(1.0), "1.0");
    EXPECT_EQ(text_of(-0.0), "-0.0");
    EXPECT_EQ(text_of(0.1), "0.1");
    EXPECT_EQ(text_of(1e300), "1e+300");
    EXPECT_EQ(text_of(Point{1, 2.5}), R"({"lat":1.0,"lon":2.5})");
}

TEST(JsonWriter, NaNAndInfinityNeverGoOut) {
    EXPECT_EQ(text_of(std::nan("")), "null");
    EXPECT_EQ(text_of(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, WhatIsWrittenReadsBackTheSame) {
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        double number = std::bit_cast<double>(random.next());
        if (!std::isfinite(number)) number = random.normal();
        std::string string;
        for (std::uint64_t n = random.below(12); n > 0; --n) {
            string += random.chance(0.2) ? std::string("书")
                                         : std::string(1, static_cast<char>(random.below(128)));
        }
        const auto integer = static_cast<std::int64_t>(random.next());
        const Value value(List{Value(number), Value(string), Value(integer),
                               Value(random.chance(0.5)), Value(), Value(List{Value(number)})});
        const auto back = read(text_of(value));
        ASSERT_TRUE(back.ok()) << back.error().message;
        ASSERT_EQ(*back, value) << text_of(value);
    }
}

TEST(JsonWriter, ErrorsHaveOneShape) {
    EXPECT_EQ(
        error_body(fail(Code::kWrongType, "found \"x\"", "/3/time", "send a number")),
        R"({"error":{"code":"wrong_type","message":"found \"x\"","field":"/3/time","hint":"send a number"}})");
    EXPECT_EQ(error_body(fail(Code::kNotFound, "nothing")),
              R"({"error":{"code":"not_found","message":"nothing"}})");
}

TEST(JsonWriter, ErrorsDoNotSayAllOfALongText) {
    std::string name = "x";
    for (int i = 0; i < 1'000'000; ++i) name += "\xe4\xb9\xa6";
    const std::string body =
        error_body(fail(Code::kUnknownField, "found " + name, "/7/" + name, "known: " + name));
    EXPECT_LT(body.size(), 4'000u);
    EXPECT_TRUE(valid_utf8(body));
    EXPECT_THAT(body, testing::HasSubstr("...\",\"field\":\"/7/x"));
    EXPECT_EQ(body.find("\xef\xbf\xbd"), std::string::npos) << "no half of a character";
}

TEST(JsonWriterDeathTest, AMemberNeedsItsKey) {
    std::string text;
    Writer out(text);
    out.object();
    EXPECT_DEATH(out.integer(1), "");
    EXPECT_DEATH(out.key("a").end(), "");
}

}  // namespace
}  // namespace volant::json
