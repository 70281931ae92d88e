// The formats whose cells have types: NDJSON and Vowpal Wabbit.
#include <gtest/gtest.h>

#include "collect/import/ndjson_rows.h"
#include "collect/import/test_files.h"
#include "collect/import/vw_rows.h"
#include "core/json_writer.h"

namespace volant::collect {
namespace {

using Rows = std::vector<std::string>;

// Each row as "line name=value ...", or "line!problem".
Rows rows_of(std::string_view bytes, std::unique_ptr<RowSource> (*open)(TextSource)) {
    const TempFile file(bytes);
    auto text = TextSource::open(file.path(), "utf-8");
    EXPECT_TRUE(text.ok());
    const auto rows = open(*std::move(text));
    Rows out;
    Row row;
    for (;;) {
        auto any = rows->next(row);
        EXPECT_TRUE(any.ok());
        if (!any.ok() || !*any) return out;
        std::string line = std::to_string(row.line);
        if (!row.problem.empty()) {
            out.push_back(line + "!" + row.problem);
            continue;
        }
        for (const Cell& cell : row.cells) {
            EXPECT_TRUE(cell.typed);
            line += " " + rows->columns()[cell.column] + "=";
            json::Writer(line).value(cell.value);
        }
        out.push_back(line);
    }
}

TEST(NdjsonRows, FlattensObjectsAndKeepsTypes) {
    EXPECT_EQ(
        rows_of("{\"user\":\"u1\",\"properties\":{\"ms\":5,\"at\":{\"lat\":1,\"lon\":2},\"x\":{"
                "\"y\":[1,\"a\"]}}}\r\n"
                "\n{\"user\":7,\"new\":null,\"b\":true,\"f\":1.5}",
                open_ndjson),
        (Rows{
            R"(1 user="u1" properties.ms=5 properties.at={"lat":1.0,"lon":2.0} properties.x.y=[1,"a"])",
            R"(3 user=7 new=null b=true f=1.5)"}));
}

TEST(NdjsonRows, ABadLineIsAloneInIt) {
    EXPECT_EQ(rows_of("{\"a\":1}\n{\"a\":\n[1]\n{\"a\":{\"b\":1e999}}\n{\"a\":1,\"a\":2}\n{\"a\":2}"
                      " x\n{\"a\":3}\n",
                      open_ndjson),
              (Rows{"1 a=1", "2!/a: found the end, expected a value",
                    "3!found a list, expected an object",
                    "4!/a/b: found 1e999, expected a number that fits a double",
                    "5!/a: the key \"a\" stands twice in one object",
                    "6!found x at byte 8, expected the end", "7 a=3"}));
}

TEST(JsonArrayRows, AreItsElementsOnOneLineOrOnMany) {
    EXPECT_EQ(rows_of("[{\"a\":\"]},[\\\"\"},{\"a\":{\"b\":[1,{}]}}]", open_json_array),
              (Rows{"1 a=\"]},[\\\"\"",
                    "1!/a/b/1: found an object, expected a value; of objects "
                    "only {\"lat\",\"lon\"} is one"}));
    EXPECT_EQ(rows_of(" [\n  {\n    \"a\": 1\n  },\n  {\"a\": 2}\n, 3 ]\n", open_json_array),
              (Rows{"2 a=1", "5 a=2", "6!found 3, expected an object"}));
    EXPECT_EQ(rows_of("[]", open_json_array), Rows{});
    EXPECT_EQ(rows_of("[ ]\n", open_json_array), Rows{});
    std::string many = "[";
    for (int i = 0; i < 20'000; ++i) many += (i > 0 ? ",\n" : "") + std::string("{\"a\":1}");
    EXPECT_EQ(rows_of(many + "]", open_json_array).size(), 20'000u);
}

TEST(JsonArrayRows, AnArrayThatIsNotWholeEndsTheReading) {
    for (const std::string_view text : {"[{\"a\":1}", "[{\"a\":1},", "[{\"a\":", "[{\"a\":1}] x",
                                        "[", "[{\"a\":1} {\"a\":2}] ]"}) {
        const TempFile file(text);
        const auto rows = open_json_array(*TextSource::open(file.path(), "utf-8"));
        Row row;
        auto any = rows->next(row);
        while (any.ok() && *any) any = rows->next(row);
        EXPECT_FALSE(any.ok()) << text;
    }
}

TEST(VwRows, ReadsLabelsImportanceTagsAndNamespaces) {
    EXPECT_EQ(
        rows_of("1 2.5 'tag1 |user age:30 male city=paris |book:2 b7 pages:100\n"
                "-1 |a x y z\n"
                "0 1 0.5 tag2|f u:1 u:2\n"
                "| plain\n"
                "'only |n:0.5\n",
                open_vw),
        (Rows{
            R"(1 label=1.0 importance=2.5 tag="tag1" user.age=30.0 user=["male","city=paris"] book.b7=2.0 book.pages=200.0)",
            R"(2 label=-1.0 a=["x","y","z"])",
            R"(3 label=0.0 importance=1.0 base=0.5 tag="tag2" f.u=3.0)", R"(4 features="plain")",
            R"(5 tag="only")"}));
}

TEST(VwRows, ABadLineIsAloneInIt) {
    EXPECT_EQ(
        rows_of("1 a b c |x y\nno bar\n1 |x y:z\n1 |x:w y\n2 |x y\n", open_vw),
        (Rows{"1!found \"a\" before the first \"|\", expected label, importance, base and tag",
              "2!no \"|\" in the line", "3!feature \"y:z\" has no number for a value",
              "4!namespace \"x:w\" has no number for a weight", R"(5 label=2.0 x="y")"}));
}

TEST(VwRows, RepeatedNamespacesJoin) {
    EXPECT_EQ(rows_of("1 |a x |b q |a y\n", open_vw), (Rows{R"(1 label=1.0 a=["x","y"] b="q")"}));
}

}  // namespace
}  // namespace volant::collect
