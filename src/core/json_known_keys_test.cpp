// Item::object_of(): an object that has the keys which are expected, and nothing that only looks
// so.
#include <gtest/gtest.h>

#include "core/json_reader.h"
#include "core/random.h"

namespace volant::json {
namespace {

using Pairs = std::vector<std::pair<std::string, Value>>;

// The object's values, if it has just these keys; then its text must end behind it.
std::optional<std::vector<Value>> values_of(std::string_view text,
                                            const std::vector<std::string>& keys) {
    Document document;
    Result<Item> root = document.parse(text);
    if (!root.ok()) return std::nullopt;
    std::vector<Value> values;
    const bool as_expected = root->object_of(keys, [&](std::size_t i, Item item) {
        EXPECT_EQ(i, values.size());
        Result<Value> value = item.value();
        if (value.ok()) values.push_back(std::move(value).value());
        return value.ok();
    });
    if (!as_expected || !document.finish().ok()) return std::nullopt;
    return values;
}

TEST(JsonKnownKeys, AreReadInTheirOrder) {
    EXPECT_EQ(values_of(R"({"a":1,"bc" : [1,{"lat":1,"lon":2}] ,"":"x"})", {"a", "bc", ""}),
              (std::vector<Value>{1, List{1, Point{1, 2}}, "x"}));
    EXPECT_EQ(values_of("{ \"a\"\t:\n1 }", {"a"}), (std::vector<Value>{1}));
}

TEST(JsonKnownKeys, NothingElseIsTakenForThem) {
    const std::vector<std::string> keys = {"a", "b"};
    EXPECT_TRUE(values_of(R"({"a":1,"b":2})", keys));
    for (const char* text : {R"({"a":1})",
                             R"({"a":1,"b":2,"c":3})",
                             R"({"b":2,"a":1})",
                             R"({"a":1,"B":2})",
                             R"({"a":1,"b":})",
                             R"({"a":1,"b"})",
                             R"({"a":1,"b":2)",
                             R"({"a":1 "b":2})",
                             R"({"a":1,"b":2]})",
                             R"({"a":1,"b":2}})",
                             R"({"a":1,"b":tru})",
                             R"([1,2])",
                             R"("a")",
                             R"({})",
                             R"({"a":1,,"b":2})",
                             R"({"a":1,"b":2,})",
                             R"({a:1,"b":2})",
                             R"({"a" "b":1})",
                             R"({"a":1,"\u0062":2})",
                             R"({"a":1,"b\":2})",
                             R"({"a":1,"b\" :x":2})",
                             R"({"a":1,"b":"})"})
        EXPECT_FALSE(values_of(text, keys)) << text;
}

TEST(JsonKnownKeys, AnObjectThatHasOthersIsReadAgain) {
    Document document;
    Item root = *document.parse(R"({"o":{"a":[1,2],"c":"\u0041"},"p":3})");
    const std::vector<std::string> expected = {"a", "b"};
    Pairs found;
    ASSERT_TRUE(root.object([&](std::string_view key, Item item) -> Status {
                        if (key == "p") return item.integer().ok() ? Status{} : item.null();
                        EXPECT_FALSE(item.object_of(
                            expected, [](std::size_t, Item value) { return value.value().ok(); }));
                        return item.object([&](std::string_view name, Item value) -> Status {
                            VOLANT_TRY(Value read, value.value());
                            found.emplace_back(name, std::move(read));
                            return {};
                        });
                    })
                    .ok());
    EXPECT_TRUE(document.finish().ok());
    EXPECT_EQ(found, (Pairs{{"a", List{1, 2}}, {"c", "A"}}));
}

TEST(JsonKnownKeys, DepthEndsWhereItDoesElsewhere) {
    const std::vector<std::string> keys = {"a"};
    for (const int deep : {kDepthMax - 1, kDepthMax}) {
        const std::string text = std::string(static_cast<std::size_t>(deep), '[') + R"({"a":1})" +
                                 std::string(static_cast<std::size_t>(deep), ']');
        Document document;
        bool as_expected = false;
        const auto read = [&](auto& self, Item item) -> Status {
            if (item.is_array())
                return item.array([&](std::size_t, Item inner) { return self(self, inner); });
            as_expected =
                item.object_of(keys, [](std::size_t, Item value) { return value.integer().ok(); });
            return as_expected ? Status{} : item.null();
        };
        (void)read(read, *document.parse(text));
        EXPECT_EQ(as_expected, deep < kDepthMax);
    }
}

}  // namespace
}  // namespace volant::json
