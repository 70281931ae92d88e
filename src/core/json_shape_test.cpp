#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json_reader.h"

namespace volant::json {
namespace {

using ::testing::HasSubstr;

constexpr Field kInner[] = {{.name = "ms", .kind = Kind::kInt, .min = 0, .max = 100}};
constexpr Shape kInnerShape{.name = "Inner", .text = "", .fields = kInner};
constexpr Field kFields[] = {
    {.name = "id", .kind = Kind::kId, .required = true},
    {.name = "time", .kind = Kind::kTime},
    {.name = "score", .kind = Kind::kNumber},
    {.name = "inner", .kind = Kind::kObject, .shape = &kInnerShape},
    {.name = "mode", .kind = Kind::kString, .values = "fast|slow"},
    {.name = "outcome", .kind = Kind::kOutcome},
    {.name = "many", .kind = Kind::kArray},
    {.name = "note", .kind = Kind::kString, .max = 3},
};
constexpr Shape kShape{.name = "Outer", .text = "", .fields = kFields};

Status read_outer(Item item) {
    return item.shaped(kShape, [](int field, Item member) -> Status {
        if (field == 0) {
            VOLANT_TRY(const std::string_view id, member.id());
            (void)id;
        }
        if (field == 3) {
            return member.shaped(kInnerShape, [](int, Item ms) -> Status {
                VOLANT_TRY(const std::int64_t v, ms.integer());
                (void)v;
                return {};
            });
        }
        return {};
    });
}

Status outer(std::string_view text) {
    Document document;
    VOLANT_TRY(Item root, document.parse(text));
    VOLANT_OK(read_outer(root));
    return document.finish();
}

TEST(JsonShape, ShapedTakesWhatIsDeclared) {
    EXPECT_TRUE(
        outer(R"({"id":"a","score":1,"inner":{"ms":100},"mode":"slow","outcome":true,"many":[]})")
            .ok());
    EXPECT_TRUE(outer(R"({"time":1700000000,"id":5})").ok());
    EXPECT_TRUE(outer(R"({"id":"a","note":"自行车"})").ok());
}

TEST(JsonShape, ShapedRefusesByName) {
    const auto error = [](std::string_view text) {
        const Status status = outer(text);
        EXPECT_FALSE(status.ok()) << text;
        return status.ok() ? Error{} : status.error();
    };
    Error e = error(R"({"id":"a","scroe":1})");
    EXPECT_EQ(e.code, Code::kUnknownField);
    EXPECT_EQ(e.field, "/scroe");
    EXPECT_EQ(e.hint, "did you mean \"score\"?");
    e = error(R"({"id":"a","entirely_other":1})");
    EXPECT_THAT(e.hint, HasSubstr("known here: id, time, score"));
    e = error("{}");
    EXPECT_EQ(e.code, Code::kMissingField);
    EXPECT_EQ(e.field, "/id");
    e = error(R"({"id":"a","inner":{"ms":101}})");
    EXPECT_EQ(e.code, Code::kOutOfRange);
    EXPECT_EQ(e.field, "/inner/ms");
    EXPECT_EQ(e.message, "found 101, expected 0 to 100");
    e = error(R"({"id":"a","inner":{"ms":"x"}})");
    EXPECT_EQ(e.message, "found string \"x\", expected an integer");
    EXPECT_EQ(error(R"({"id":"a","inner":[]})").code, Code::kWrongType);
    EXPECT_EQ(error(R"({"id":1.5})").code, Code::kWrongType);
    EXPECT_EQ(error(R"({"id":null})").code, Code::kWrongType);
    EXPECT_EQ(error(R"({"id":"a","mode":"quick"})").message,
              "found \"quick\", expected one of: fast slow");
    EXPECT_EQ(error(R"({"id":"a","note":"bike"})").message,
              "found a string of 4 characters, expected at most 3");
    EXPECT_EQ(error(R"({"id":"a","id":"a"})").code, Code::kDuplicateKey);
    EXPECT_EQ(error("[]").message, "found a list, expected an object");
    EXPECT_EQ(error("5").code, Code::kWrongType);
}

TEST(JsonShape, OpenShapesHandOtherKeysOver) {
    static constexpr Field kOne[] = {{.name = "event", .kind = Kind::kString, .required = true}};
    static constexpr Shape kOpen{.name = "E", .text = "", .fields = kOne, .open = true};
    Document document;
    auto root = document.parse(R"({"user":"u1","event":"read","book":7})");
    std::vector<std::string> extras;
    ASSERT_TRUE(root->shaped(
                        kOpen, [](int, Item) -> Status { return {}; },
                        [&](std::string_view key, Item item) -> Status {
                            VOLANT_TRY(const std::string_view id, item.id());
                            extras.push_back(std::string(key) + "=" + std::string(id));
                            return {};
                        })
                    .ok());
    EXPECT_EQ(extras, (std::vector<std::string>{"user=u1", "book=7"}));
}

TEST(JsonShape, OneBadElementDoesNotSpoilTheOthers) {
    Document document;
    const std::string text =
        R"([{"id":"a"},{"id":"b","x":[1,{"y":2}]},5,1e999,{"id":"c","id":"c"},)"
        R"({"id":[[[[{"q":[]}]]]]},{"id":"\ud800"},{"id":"d"}])";
    auto root = document.parse(text);
    std::vector<std::string> seen;
    const Status status = root->elements([&](std::size_t index, Item item) -> Status {
        const Status one = read_outer(item);
        seen.push_back(std::to_string(index) +
                       (one.ok() ? "" : ":" + std::string(error_row(one.error().code).name)));
        return {};
    });
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_TRUE(document.finish().ok());
    EXPECT_EQ(seen,
              (std::vector<std::string>{"0", "1:unknown_field", "2:wrong_type", "3:wrong_type",
                                        "4:duplicate_key", "5:wrong_type", "6:invalid_utf8", "7"}));
}

TEST(JsonShape, BrokenSyntaxSpoilsTheArray) {
    Document document;
    for (const std::string_view text : {R"([{"id":"a"},{"id":}])", R"([{"id":"a"},{"id":"b" "c"}])",
                                        R"([{"id":"a"} {"id":"b"}])"}) {
        auto root = document.parse(text);
        const Status status = root->elements([&](std::size_t, Item item) -> Status {
            (void)read_outer(item).ok();
            return {};
        });
        ASSERT_FALSE(status.ok()) << text;
        EXPECT_EQ(status.error().code, Code::kInvalidJson);
    }
}

}  // namespace
}  // namespace volant::json
