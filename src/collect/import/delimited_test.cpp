#include "collect/import/delimited.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/import/test_files.h"
#include "core/compress.h"
#include "core/random.h"

namespace volant::collect {
namespace {

using ::testing::HasSubstr;

// Each row as "line:a|b|c", or "line!problem".
Result<std::vector<std::string>> rows_of(std::string_view bytes, DelimitedOptions options = {},
                                         const std::string& encoding = "utf-8") {
    const TempFile file(bytes);
    VOLANT_TRY(TextSource text, TextSource::open(file.path(), encoding));
    VOLANT_TRY(const std::unique_ptr<RowSource> rows, open_delimited(std::move(text), options));
    std::vector<std::string> out;
    std::string header;
    for (const std::string& name : rows->columns()) header += (header.empty() ? "" : "|") + name;
    out.push_back(header);
    Row row;
    for (;;) {
        VOLANT_TRY(const bool any, rows->next(row));
        if (!any) return out;
        std::string text_of_row = std::to_string(row.line);
        if (!row.problem.empty()) {
            out.push_back(text_of_row + "!" + row.problem);
            continue;
        }
        for (const Cell& cell : row.cells)
            text_of_row += (cell.column == 0 ? ":" : "|") + std::string(cell.text);
        out.push_back(text_of_row);
    }
}

using Rows = std::vector<std::string>;

TEST(Delimited, ReadsPlainRows) {
    EXPECT_EQ(*rows_of("a,b\n1,2\n3,\n,4\n"), (Rows{"a|b", "2:1|2", "3:3|", "4:|4"}));
    EXPECT_EQ(*rows_of("a,b\r\n1,2\r\n3,4"), (Rows{"a|b", "2:1|2", "3:3|4"}));
    EXPECT_EQ(*rows_of("\xef\xbb\xbf"
                       "a,b\n1,2"),
              (Rows{"a|b", "2:1|2"}));
    EXPECT_EQ(*rows_of("a\n1\n\n\r\n2\n"), (Rows{"a", "2:1", "5:2"}));
}

TEST(Delimited, ReadsQuotedFields) {
    EXPECT_EQ(*rows_of("a,b\n\"x,\"\"y\"\"\",\"line\r\nbreak\"\n\"\",\"z\"\r\nlast,\"row\""),
              (Rows{"a|b", "2:x,\"y\"|line\r\nbreak", "4:|z", "5:last|row"}));
    EXPECT_EQ(*rows_of("a,b\n5\" disk,x\n"), (Rows{"a|b", "2:5\" disk|x"}));
    EXPECT_EQ(*rows_of("a,b\n\"x,y\n", {.quotes = false}), (Rows{"a|b", "2:\"x|y"}));
}

TEST(Delimited, ABadRowIsAloneInIt) {
    EXPECT_EQ(*rows_of("a,b\n1\n1,2,3\n\"x\"y,2\n\xff,2\n3,4\n"),
              (Rows{"a|b", "2!found 1 fields, expected 2", "3!found 3 fields, expected 2",
                    "4!text stands behind a closing quote",
                    "5!invalid UTF-8; say --encoding if the file has another one", "6:3|4"}));
    EXPECT_EQ(*rows_of("a,b\n1,2\n\"open,3\n4,5\n"),
              (Rows{"a|b", "2:1|2", "3!a quote is never closed"}));
}

TEST(Delimited, ARowWithoutEndIsRefusedInBoundedMemory) {
    const auto rows = rows_of("a,b\n\"" + std::string(20u << 20, 'x'));
    ASSERT_FALSE(rows.ok());
    EXPECT_EQ(rows.error().code, Code::kTooLarge);
    EXPECT_THAT(rows.error().message, HasSubstr("line 2"));
}

TEST(Delimited, NamesColumns) {
    EXPECT_EQ(*rows_of("1,2\n3,4\n", {.header = false}),
              (Rows{"column1|column2", "1:1|2", "2:3|4"}));
    EXPECT_EQ(*rows_of("a,, b \n1,2,3\n"), (Rows{"a|column2|b", "2:1|2|3"}));
    EXPECT_EQ(rows_of("a,b,a\n").error().code, Code::kUsage);
    EXPECT_EQ(rows_of("").error().code, Code::kInvalidJson);
    EXPECT_EQ(*rows_of("a,b\n"), (Rows{"a|b"}));
}

TEST(Delimited, FindsTheDelimiter) {
    EXPECT_EQ(sniff_delimiter("a,b,c\n1,2,3\n"), ',');
    EXPECT_EQ(sniff_delimiter("a;b\n1,5;2,5\n3,1;4\n"), ';');
    EXPECT_EQ(sniff_delimiter("a\tb\nx, y\tz\n"), '\t');
    EXPECT_EQ(sniff_delimiter("a|b\n1|2\n"), '|');
    EXPECT_EQ(sniff_delimiter("\"a,b,c\";x\n\"1,2\";3\n"), ';');
    EXPECT_EQ(sniff_delimiter("word\nword\n"), ',');
}

TEST(Delimited, ReadsOtherEncodings) {
    // 用户,书 / 张三,读 in GB18030; then a 4-byte character of it, and a byte that is none.
    EXPECT_EQ(*rows_of("\xd3\xc3\xbb\xa7,\xca\xe9\n\xd5\xc5\xc8\xfd,\xb6\xc1\n", {}, "gb18030"),
              (Rows{"用户|书", "2:张三|读"}));
    EXPECT_EQ(*rows_of("a,b\n\x81\x30\x81\x30,x\n\xff,y\nz,z\n", {}, "GBK"),
              (Rows{"a|b", "2:\u0080|x",
                    "3!invalid UTF-8; say --encoding if the file has another one", "4:z|z"}));
    EXPECT_EQ(*rows_of("a\ncaf\xe9\n", {}, "latin-1"), (Rows{"a", "2:café"}));
    EXPECT_EQ(*rows_of(std::string_view("\xff\xfe"
                                        "a\0\n\0\x2d\x4e\n\0",
                                        10),
                       {}, "utf-16"),
              (Rows{"a", "2:中"}));
    const auto unknown = rows_of("a\n", {}, "gb18031");
    EXPECT_EQ(unknown.error().code, Code::kUnsupportedMediaType);
    EXPECT_EQ(unknown.error().hint, "did you mean \"gb18030\"?");
}

TEST(Delimited, CharactersThatAreCutBetweenPiecesAreWhole) {
    std::string gb = "a\n";
    std::string want = "a";
    for (int i = 0; i < 200'000; ++i)
        gb +=
            "\xd5\xc5\xb6\xc1"
            "x\n";  // five bytes: cut in every way
    const auto rows = rows_of(gb, {}, "gbk");
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 200'001u);
    for (std::size_t i = 1; i < rows->size(); ++i)
        ASSERT_EQ((*rows)[i], std::to_string(i + 1) + ":张读x");
}

TEST(Delimited, WhatIsWrittenReadsBackAndPiecesDoNotMatter) {
    Random random(3);
    std::string text = "a,b,c\n";
    Rows want = {"a|b|c"};
    std::uint64_t line = 2;
    while (text.size() < 900'000) {
        std::string row = std::to_string(line);
        for (int column = 0; column < 3; ++column) {
            std::string field;
            for (std::uint64_t n = random.below(30); n > 0; --n)
                field += "ab,\"\n x"[random.below(7)];
            row += (column == 0 ? ":" : "|") + field;
            line += static_cast<std::uint64_t>(std::count(field.begin(), field.end(), '\n'));
            text += column == 0 ? "\"" : ",\"";
            for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
            text += '"';
        }
        text += '\n';
        ++line;
        want.push_back(row);
    }
    EXPECT_TRUE(*rows_of(text) == want);
    EXPECT_TRUE(*rows_of(gzip(text)) == want);
}

}  // namespace
}  // namespace volant::collect
