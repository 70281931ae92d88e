#include "cli/json_tree.h"

#include <gtest/gtest.h>

namespace volant::cli {
namespace {

TEST(JsonTree, ReadsEveryKind) {
    const auto tree = parse_json(R"({"a":[1,2.5,"x\n",true,null,{}],"b":{"c":9007199254740993}})");
    ASSERT_TRUE(tree.ok()) << tree.error().message;
    const auto& a = (*tree)["a"].items;
    ASSERT_EQ(a.size(), 6u);
    EXPECT_EQ(a[0].number_or(0), 1);
    EXPECT_EQ(a[1].number_or(0), 2.5);
    EXPECT_EQ(a[2].text_or(""), "x\n");
    EXPECT_EQ(a[3].number_or(0), 1);
    EXPECT_TRUE(a[4].is_null());
    EXPECT_EQ(a[5].kind, JsonTree::Kind::kObject);
    EXPECT_EQ((*tree)["b"]["c"].text_or(""), "9007199254740993");
}

TEST(JsonTree, WhatIsNotThereIsNull) {
    const auto tree = parse_json(R"({"a":1})");
    EXPECT_EQ((*tree)["b"]["c"].number_or(7), 7);
    EXPECT_EQ((*tree)["a"]["c"].text_or("none"), "none");
    EXPECT_FALSE(tree->has("b"));
}

TEST(JsonTree, RefusesWhatIsNotJson) {
    for (const char* text : {"", "{", "[1,]", "{\"a\":1}x", "nul"})
        EXPECT_FALSE(parse_json(text).ok()) << text;
}

}  // namespace
}  // namespace volant::cli
