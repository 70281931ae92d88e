#include "core/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace volant::yaml {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Node good(std::string_view text) {
    auto parsed = parse(text, "volant.yaml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return parsed.ok() ? std::move(parsed).value() : Node{};
}

std::string refusal(std::string_view text) {
    auto parsed = parse(text, "volant.yaml");
    if (parsed.ok()) return "(accepted)";
    EXPECT_EQ(parsed.error().code, Code::kInvalidSpec);
    return parsed.error().message;
}

TEST(Yaml, KeepsOrderPlacesAndPaths) {
    const Node root = good("b: 1\na:\n  - x\n  - {y: 'z'}\n");
    ASSERT_EQ(root.kind, Node::Kind::kMap);
    ASSERT_EQ(root.map.size(), 2u);
    EXPECT_EQ(root.map[0].first, "b");
    EXPECT_EQ(root.map[0].second.scalar, "1");
    EXPECT_EQ(root.map[0].second.column, 4);
    EXPECT_EQ(root.map[0].second.key_column, 1);
    const Node* z = root.find("a")->list[1].find("y");
    ASSERT_NE(z, nullptr);
    EXPECT_EQ(z->path, "a[1].y");
    EXPECT_EQ(z->key, "y");
    EXPECT_EQ(z->line, 4);
    EXPECT_EQ(z->column, 9);
    EXPECT_TRUE(z->quoted);
    EXPECT_FALSE(root.map[0].second.quoted);
    EXPECT_EQ(root.find("c"), nullptr);
}

TEST(Yaml, AnEmptyValueStandsAtItsKey) {
    const Node root = good("a:\n  b:\n\nc: ~\n");
    const Node* b = root.find("a")->find("b");
    EXPECT_EQ(b->kind, Node::Kind::kNull);
    EXPECT_EQ(b->line, 2);
    EXPECT_EQ(b->column, 3);
    EXPECT_EQ(root.find("c")->kind, Node::Kind::kNull);
}

TEST(Yaml, AnEmptyFileIsANullNode) {
    EXPECT_EQ(good("").kind, Node::Kind::kNull);
    EXPECT_EQ(good("# nothing\n").kind, Node::Kind::kNull);
    EXPECT_EQ(good("---\n").kind, Node::Kind::kNull);
}

TEST(Yaml, ReadsByteOrderMarksCarriageReturnsAndOtherAlphabets) {
    const Node root = good("\xEF\xBB\xBFname: 书店\r\nb: 'é'\r\n");
    EXPECT_EQ(root.find("name")->scalar, "书店");
    EXPECT_EQ(root.find("name")->column, 7);
    EXPECT_EQ(root.find("b")->scalar, "é");
}

TEST(Yaml, AQuotedTagSignIsNoTag) {
    const Node root = good("a: '!x'\nb: \"&y\"\nc: 'it''s'\n'*d': 1\ne: |\n  !text\n");
    EXPECT_EQ(root.find("a")->scalar, "!x");
    EXPECT_EQ(root.find("*d")->scalar, "1");
    EXPECT_EQ(root.find("e")->scalar, "!text\n");
}

TEST(Yaml, TextMaySpanLinesAndHoldQuotes) {
    const Node root =
        good("a: 'x\n  it''s'\nb: \"\\\"\n  y\\\\\"\nc: it's\nd: |\n  'z\n...\n# end\n");
    EXPECT_EQ(root.find("a")->scalar, "x it's");
    EXPECT_EQ(root.find("b")->scalar, "\" y\\");
    EXPECT_EQ(root.find("c")->scalar, "it's");
    EXPECT_EQ(root.find("d")->scalar, "'z\n");
}

TEST(Yaml, SaysWhereAQuoteWasOpenedThatEndedTooLate) {
    const auto parsed = parse("a: 'x\nb: 'y'\n", "volant.yaml");
    ASSERT_FALSE(parsed.ok());
    EXPECT_THAT(parsed.error().hint, HasSubstr("the quote at line 1, column 4"));
}

struct Refusal {
    const char* name;
    std::string text;
    const char* message;
};

class YamlRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(YamlRefuses, WithThePlace) {
    EXPECT_THAT(refusal(GetParam().text), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, YamlRefuses,
    ::testing::Values(
        Refusal{"Anchor", "a: &x 1\n", "volant.yaml:1:4: a: found an anchor"},
        Refusal{"AnchorOnMap", "a: &x\n  b: 1\n", "found an anchor"},
        Refusal{"AnchorOnKey", "&x a: 1\n", "found an anchor"},
        Refusal{"AnchorOnNothing", "a: &x\nb: 1\n", "found an anchor"},
        Refusal{"Alias", "a: 1\nb: *x\n", "volant.yaml:2:4: b: found an alias"},
        Refusal{"AliasInList", "a: [*x]\n", "volant.yaml:1:5: a[0]: found an alias"},
        Refusal{"AliasOfAnchor", "a: [&x 1, *x]\n", "volant.yaml:1:5: a[0]: found an anchor"},
        Refusal{"Tag", "a: !!str 1\n", "volant.yaml:1:4: a: found a tag"},
        Refusal{"LocalTag", "a: !x {b: 1}\n", "found a tag"},
        Refusal{"NonSpecificTag", "a: ! 1\n", "volant.yaml:1:4: a: found a tag"},
        Refusal{"NonSpecificTagOnList", "a: ! [1]\n", "found a tag"},
        Refusal{"TagOnNothing", "a: !!null\nb: 1\n", "found a tag"},
        Refusal{"TagOnKey", "!!str a: 1\n", "found a tag"},
        Refusal{"TagOnRoot", "!!map\na: 1\n", "found a tag"},
        Refusal{"VerbatimTag", "a: !<tag:yaml.org,2002:str> b\n", "found a tag"},
        Refusal{"DuplicateKey", "a:\n  b: 1\n  c: 2\n  b: 3\n",
                "volant.yaml:4:3: a: found key \"b\" twice"},
        Refusal{"DuplicateQuotedKey", "{a: 1, 'a': 2}", "volant.yaml:1:8: found key \"a\" twice"},
        Refusal{"ListAsKey", "? [a]\n: 1\n", "found a list or a map as a key"},
        Refusal{"MapAsKey", "{{a: 1}: 2}\n", "found a list or a map as a key"},
        Refusal{"NullKey", "~: 1\n", "found an empty key"},
        Refusal{"EmptyKey", "'': 1\n", "found an empty key"},
        Refusal{"MissingKey", "a:\n  : 1\n", "found an empty key"},
        Refusal{"SecondDocument", "a: 1\n---\nb: 2\n", "found a second document"},
        Refusal{"SecondEmptyDocument", "a: 1\n---\n", "found a second document"},
        Refusal{"OpenQuote", "a: 'x\nb: 1\n",
                "volant.yaml:1:4: a: found a quote (') that is never"},
        Refusal{"OpenDoubleQuote", "a: 1\nb:\n  c: \"x\\\"\nd: 1\n",
                "volant.yaml:3:6: b.c: found a quote (\") that is never closed"},
        Refusal{"OpenQuoteAfterADoubledOne", "a: 'Joe''s\nb: 1\n",
                "volant.yaml:1:4: a: found a quote"},
        Refusal{"OpenQuoteOfTheOtherKind", "a: 'x\"\nb: \"y\"\n",
                "volant.yaml:1:4: a: found a quote"},
        Refusal{"OpenQuoteAtTheEnd", "a: '", "volant.yaml:1:4: a: found a quote"},
        Refusal{"OpenQuoteBehindABackslash", "a: \"x\\", "volant.yaml:1:"},
        Refusal{"OpenQuoteInAList", "a: [b, 'c]\nd: 1\n", "volant.yaml:1:8: a[1]: found a quote"},
        Refusal{"OpenQuotedKey", "'a: 1\nb: 2\n", "volant.yaml:1:1: found a quote"},
        Refusal{"QuoteClosedByTheNext", "a: 'x\nb: 'y'\n", "volant.yaml:2:5: not YAML"},
        Refusal{"TextBehindAQuote", "a: 'x' y\nb: 1\n", "volant.yaml:1:"},
        Refusal{"OpenList", "a: [1, 2\nb: 3\n", "volant.yaml:1:4: a: found a [ that is not closed"},
        Refusal{"OpenMap", "a: {b: {c: 1}\nd: 3\n",
                "volant.yaml:1:4: a: found a { that is not closed"},
        Refusal{"OpenMapAtTheEnd", "a: 1\nb: {c: {d: 1}\n",
                "volant.yaml:2:4: b: found a { that is not closed: "
                "expected a comma or } before line 3, column 1"},
        Refusal{"OpenListInAMap", "a: {b: [1}\n", "volant.yaml:1:10: not YAML"},
        Refusal{"ClosedTwice", "a: {b: 1}}\nc: 1\n", "volant.yaml:1:10: not YAML"},
        Refusal{"TextBehindAMap", "a: {b: 1} c: 2\n", "volant.yaml:1:"},
        Refusal{"TextBehindTheEnd", "a: 1\n...\nb: 2\n",
                "volant.yaml:3:1: found a second document"},
        Refusal{"TextOnTheEnd", "a: 1\n... b\n", "volant.yaml:2:5: found a second document"},
        Refusal{"OtherIndentation", "  a: 1\n b: 2\n", "volant.yaml:2:2: found a second document"},
        Refusal{"BlockTextCutByIndentation", "a: |\n   x\n y\n", "volant.yaml:3:2: not YAML"},
        Refusal{"BlockTextLessThanItsIndentation", "a: |5\n  x\n", "volant.yaml:2:3: not YAML"},
        Refusal{"TextBehindABlockSign", "a: |x\n  y\n", "volant.yaml:1:5: not YAML"},
        Refusal{"Tab", "a:\n\tb: 1\n", "found a tab in the indentation, expected spaces"},
        Refusal{"TabBehindSpaces", "a:\n  b: 1\n  \tc: 1\n", "found a tab in the indentation"},
        Refusal{"TabInAList", "a:\n\t- b\n\t- c\n", "found a tab in the indentation"},
        Refusal{"TabBeforeBlockText", "a: |\n\tb\n", "volant.yaml:2:1: found a tab"},
        Refusal{"ColonInValue", "a: b: c\n", "volant.yaml:1:5: not YAML"},
        Refusal{"BadEscape", "a: \"\\q\"\n", "not YAML"},
        Refusal{"Zero", std::string("a: \0b\n", 6),
                "volant.yaml:1:4: found control character 0x00"},
        Refusal{"NotUtf8", "a: 1\nb: \xff\n", "volant.yaml:2:4: found byte 0xff, expected UTF-8"},
        Refusal{"Overlong", "a: \xC0\xAF\n", "found byte 0xc0"},
        Refusal{"Surrogate", "a: \xED\xA0\x80\n", "found byte 0xed"},
        Refusal{"CutSequence", "a: \xE4\xB9", "found byte 0xe4"},
        Refusal{"TooDeep", std::string(33, '[') + std::string(33, ']'),
                "volant.yaml:1:33: found more than 32 nested"},
        Refusal{"FarTooDeep", std::string(500'000, '['), "volant.yaml:1:1: found"},
        Refusal{"TooLong", std::string((1u << 20) + 1, ' '), "expected at most 1048576"},
        Refusal{"LongNames", std::string(1'000, 'a') + ": {" + std::string(100, 'b') + ": 1}",
                "found nested names of more than 1024 bytes"}),
    [](const auto& tested) { return tested.param.name; });

TEST(Yaml, RefusesMoreValuesThanItsBound) {
    std::string text = "a: [";
    for (std::size_t i = 0; i < kNodesMax; ++i) text += "1,";
    EXPECT_THAT(refusal(text + "]"), HasSubstr("found more than 65536 values"));
}

TEST(Yaml, TakesExactlyItsDepth) {
    EXPECT_EQ(refusal(std::string(32, '[') + std::string(32, ']')), "(accepted)");
}

TEST(Yaml, ErrorsStandAtTheValueOrAtTheKey) {
    const Node root = good("a:\n  bc: 12\n");
    const Node& node = *root.find("a")->find("bc");
    EXPECT_EQ(error_at("f.yaml", node, "found 12").message, "f.yaml:2:7: a.bc: found 12");
    EXPECT_EQ(error_at_key("f.yaml", node, "unknown").message, "f.yaml:2:3: a.bc: unknown");
    EXPECT_EQ(error_at("f.yaml", root, "no").message, "f.yaml:1:1: no");
}

TEST(Yaml, DescribesWhatStandsThere) {
    const Node root = good("a: xy\nb: [1]\nc: {d: 1}\ne:\nf: " + std::string(39, 'x') + "书\n");
    EXPECT_EQ(describe(*root.find("a")), "\"xy\"");
    EXPECT_EQ(describe(*root.find("b")), "a list");
    EXPECT_EQ(describe(*root.find("c")), "a map");
    EXPECT_EQ(describe(*root.find("e")), "nothing");
    EXPECT_EQ(describe(good("'a\n\n  b'")), "\"a b\"");
    EXPECT_EQ(describe(*root.find("f")), "\"" + std::string(39, 'x') + "...\"");
}

}  // namespace
}  // namespace volant::yaml
