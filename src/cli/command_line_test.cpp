#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "cli/command.h"

namespace volant::cli {
namespace {

using testing::HasSubstr;

struct Ended {
    int code = 0;
    std::string out, err;
};

Ended run(std::vector<const char*> words) {
    words.insert(words.begin(), "volant");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ended ended;
    ended.code = run_command_line(static_cast<int>(words.size()), words.data());
    std::fflush(stdout);
    ended.out = testing::internal::GetCapturedStdout();
    ended.err = testing::internal::GetCapturedStderr();
    return ended;
}

// A folder without a workspace in it or above, to be in.
class CommandLine : public testing::Test {
  protected:
    CommandLine() : before_(std::filesystem::current_path()) {
        std::filesystem::create_directories(folder_);
        std::filesystem::current_path(folder_);
    }
    ~CommandLine() override {
        std::filesystem::current_path(before_);
        std::filesystem::remove_all(folder_);
    }

  private:
    const std::filesystem::path before_;
    const std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) /
        ("volant_command_line_" +
         std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(CommandLine, NamesTheNearestCommand) {
    const Ended ended = run({"stauts"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("there is no command \"stauts\""));
    EXPECT_THAT(ended.err, HasSubstr("did you mean \"status\"?"));
}

TEST_F(CommandLine, NamesTheNearestCommandOfAGroup) {
    const Ended ended = run({"keys", "creat"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("did you mean \"create\"?"));
}

TEST_F(CommandLine, NamesTheNearestOptionThoughSomethingElseIsMissingToo) {
    const Ended ended = run({"train", "--jsn"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("did you mean \"--json\"?"));
}

TEST_F(CommandLine, SaysWhatIsMissing) {
    const Ended ended = run({"train"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("train: MODEL is required"));
}

TEST_F(CommandLine, WithoutACommandShowsTheHelpAsAnError) {
    const Ended ended = run({});
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, HasSubstr("serve"));
}

TEST_F(CommandLine, HelpAndVersionAreResults) {
    EXPECT_THAT(run({"--version"}).out, HasSubstr("volant "));
    for (const auto& ended : {run({"train", "--help"}), run({"help", "train"})}) {
        EXPECT_EQ(ended.code, 0);
        EXPECT_EQ(ended.err, "");
        EXPECT_THAT(ended.out, HasSubstr("Examples:\n  volant train"));
    }
}

TEST_F(CommandLine, TheWorkspaceMayStandBeforeAndBehindTheCommand) {
    ASSERT_EQ(run({"new", "ranking", "shop"}).code, 0);
    EXPECT_EQ(run({"-w", "shop", "validate"}).code, 0);
    EXPECT_EQ(run({"validate", "-w", "shop"}).code, 0);
    EXPECT_EQ(run({"validate"}).code, 2) << "no workspace here";
}

TEST_F(CommandLine, AFolderMayBeNamedLikeACommand) {
    ASSERT_EQ(run({"new", "ranking", "status"}).code, 0);
    EXPECT_TRUE(std::filesystem::exists("status/volant.yaml"));
}

TEST_F(CommandLine, ATypoInTheWorkspaceIsFoundWithItsPlace) {
    ASSERT_EQ(run({"new", "ranking", "shop"}).code, 0);
    std::ofstream("shop/volant.yaml", std::ios::app) << "\nmodls: {}\n";
    const Ended ended = run({"-w", "shop", "validate"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, testing::ContainsRegex("shop/volant.yaml:[0-9]+:1: .*modls"));
    EXPECT_EQ(run({"-w", "shop", "validate", "--json"}).code, 2);
}

TEST_F(CommandLine, RefusesANewWorkspaceOverAnOldOne) {
    ASSERT_EQ(run({"new", "ranking", "shop"}).code, 0);
    const Ended ended = run({"new", "ranking", "shop"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("has a volant.yaml already"));
}

TEST(CommandTable, EveryRowIsWhole) {
    std::set<std::string_view> names;
    for (const Command& command : command_table()) {
        EXPECT_TRUE(names.insert(command.name).second) << command.name << " twice";
        EXPECT_FALSE(command.text.empty()) << command.name;
        EXPECT_TRUE(command.examples.starts_with("volant ")) << command.name;
        EXPECT_THAT(std::string(command.examples), HasSubstr(std::string(command.name)));
        const std::size_t space = command.name.find(' ');
        if (space == command.name.npos) continue;
        EXPECT_FALSE(group_text(command.name.substr(0, space)).empty()) << command.name;
    }
}

TEST(CommandTable, ThePageInDocsIsTheGeneratedOne) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    const auto path = std::filesystem::path(root != nullptr ? root : ".") / "docs/reference/cli.md";
    const std::string text = reference_markdown();
    if (std::getenv("VOLANT_WRITE_DOCS") != nullptr) std::ofstream(path, std::ios::binary) << text;
    std::ifstream file(path, std::ios::binary);
    ASSERT_TRUE(file) << path << " is missing; see cli/command_line.h for how to write it";
    std::stringstream found;
    found << file.rdbuf();
    EXPECT_EQ(found.str(), text) << path << " is old; see cli/command_line.h";
}

}  // namespace
}  // namespace volant::cli
