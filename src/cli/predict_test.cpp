#include "cli/predict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/answer_file.h"

namespace volant::cli {
namespace {

constexpr std::string_view kYaml = R"(
name: shop
subject: user
entities: { user: {}, item: {} }
events: { open: { user: id, item: id } }
features: { item.opens: { count: open, by: item, window: 7d } }
models:
  pick:
    decide: { rank: item }
    inputs: { device: string, hour: int, share: double }
    outcome: { event: open, within: 1h, otherwise: 0 }
    features: [item.opens]
)";

collect::Cell text(std::uint32_t column, std::string_view text) {
    collect::Cell cell;
    cell.column = column;
    cell.text = text;
    return cell;
}

class RowRequests : public testing::Test {
  protected:
    std::string body(const std::vector<std::string>& columns, std::vector<collect::Cell> cells,
                     std::uint32_t k = 0) {
        const auto spec = spec::parse_spec(kYaml);
        EXPECT_TRUE(spec.ok()) << spec.error().message;
        collect::Row row;
        row.cells = std::move(cells);
        std::string out;
        json::Writer writer(out);
        RowRequest(*spec, 0).write(columns, row, k, writer);
        return out;
    }
};

TEST_F(RowRequests, SendsEntitiesAndInputsAndLeavesOtherColumnsOut) {
    EXPECT_EQ(body({"note", "user", "device", "hour"},
                   {text(0, "n"), text(1, "17"), text(2, "5"), text(3, "9")}),
              R"({"user":"17","input":{"device":"5","hour":9}})");
}

TEST_F(RowRequests, SendsWhatDoesNotReadAsDeclaredForTheServerToRefuse) {
    EXPECT_EQ(body({"hour", "share"}, {text(0, "noon"), text(1, "2")}),
              R"({"input":{"hour":"noon","share":2}})");
}

TEST_F(RowRequests, LeavesMissingCellsOut) {
    EXPECT_EQ(body({"user", "input.device"}, {text(0, "u1"), text(1, "")}, 3),
              R"({"k":3,"user":"u1"})");
}

TEST(QuotedField, QuotesWhatWouldBeReadOtherwise) {
    EXPECT_EQ(quoted_field("plain", ','), "plain");
    EXPECT_EQ(quoted_field("a,b", ','), "\"a,b\"");
    EXPECT_EQ(quoted_field("a,b", '\t'), "a,b");
    EXPECT_EQ(quoted_field("say \"hi\"\n", ','), "\"say \"\"hi\"\"\n\"");
}

class AnswerFiles : public testing::Test {
  protected:
    std::string path(const std::string& ending) const {
        return testing::TempDir() + "/volant_answers_" +
               testing::UnitTest::GetInstance()->current_test_info()->name() + ending;
    }
    static std::string content(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::stringstream out;
        out << file.rdbuf();
        return out.str();
    }
    static JsonTree answer(std::string_view json) { return *parse_json(json); }
};

TEST_F(AnswerFiles, RenamesNewColumnsThatClash) {
    const std::string name = path(".csv");
    auto file = AnswerFile::create(name, spec::Task::kClassify);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->add({"id", "score"}, {1, {"a", "x"}, {false, false}},
                          answer(R"({"label":1,"score":0.25})"))
                    .ok());
    ASSERT_TRUE(file->add({"id", "score"}, {2, {"b", ""}, {false, false}},
                          answer(R"({"error":{"message":"no, not so"}})"))
                    .ok());
    ASSERT_TRUE(file->add({"id", "score"}, {3, {"c", ""}, {false, false}},
                          answer(R"({"error":{"message":"found 1.5","field":"/2/input/score"}})"))
                    .ok());
    ASSERT_TRUE(file->finish().ok());
    EXPECT_EQ(content(name),
              "id,score,label,volant_score,error\na,x,1,0.25,\nb,,,,\"no, not so\"\n"
              "c,,,,score: found 1.5\n");
}

TEST_F(AnswerFiles, ARankingIsLong) {
    const std::string name = path(".tsv");
    auto file = AnswerFile::create(name, spec::Task::kRank);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(
        file->add({"user"}, {1, {"u1"}, {false}},
                  answer(R"({"ranking":[{"item":"b","score":2.5},{"item":"a","score":1}]})"))
            .ok());
    ASSERT_TRUE(file->finish().ok());
    EXPECT_EQ(content(name), "row\titem\trank\tscore\terror\n1\tb\t1\t2.5\t\n1\ta\t2\t1\t\n");
}

TEST_F(AnswerFiles, KeepsTypesInNdjson) {
    const std::string name = path(".ndjson");
    auto file = AnswerFile::create(name, spec::Task::kRegress);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(
        file->add({"id", "n"}, {1, {"a", "3"}, {false, true}}, answer(R"({"value":1.5})")).ok());
    ASSERT_TRUE(file->finish().ok());
    EXPECT_EQ(content(name), "{\"id\":\"a\",\"n\":3,\"value\":1.5}\n");
}

TEST_F(AnswerFiles, IsNotThereBeforeItIsWhole) {
    const std::string name = path(".csv");
    std::remove(name.c_str());
    {
        auto file = AnswerFile::create(name, spec::Task::kRegress);
        ASSERT_TRUE(file.ok());
        ASSERT_TRUE(file->add({"id"}, {1, {"a"}, {false}}, answer(R"({"value":1})")).ok());
    }
    EXPECT_FALSE(std::ifstream(name).good());
    EXPECT_FALSE(std::ifstream(name + ".part").good());
}

TEST_F(AnswerFiles, RefusesAColumnThatTurnsUpLate) {
    auto file = AnswerFile::create(path(".csv"), spec::Task::kRegress);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->add({"id"}, {1, {"a"}, {false}}, answer(R"({"value":1})")).ok());
    const Status late =
        file->add({"id", "n"}, {2, {"a", "3"}, {false, true}}, answer(R"({"value":1})"));
    ASSERT_FALSE(late.ok());
    EXPECT_THAT(late.error().message, testing::HasSubstr("\"n\""));
}

}  // namespace
}  // namespace volant::cli
