#include "spec/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "spec/spec.h"

namespace volant::spec {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(Templates, AllParseToSomethingThatCanRun) {
    std::set<std::string_view> names;
    for (const Template& one : templates()) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        const auto spec = parse_spec(one.yaml, one.name);
        ASSERT_TRUE(spec.ok()) << spec.error().message;
        EXPECT_FALSE(spec->models.empty()) << one.name;
        EXPECT_FALSE(one.text.empty());
        EXPECT_TRUE(one.readme.starts_with("# ")) << one.name;
        EXPECT_EQ(find_template(one.name), &one);
        const auto again = parse_spec(spec->canonical);
        ASSERT_TRUE(again.ok()) << again.error().message;
        EXPECT_EQ(*again, *spec) << one.name;
    }
    EXPECT_EQ(find_template("nothing"), nullptr);
}

TEST(Templates, TheBookshopIsWhatTheSimulatorTalksTo) {
    const auto spec = parse_spec(find_template("bookshop")->yaml);
    ASSERT_TRUE(spec.ok());
    EXPECT_TRUE(spec->simulated_time);
    for (const char* event : {"open", "read", "finish"}) EXPECT_GE(spec->event_index(event), 0);
    const ModelDecl& model =
        spec->models.at(static_cast<std::size_t>(spec->model_index("open_book")));
    EXPECT_EQ(model.task, Task::kRank);
    EXPECT_EQ(model.features.size(), spec->features.size()) << "every feature is used";
    EXPECT_GT(model.loop.holdback, 0);
    EXPECT_GT(model.loop.random, 0);
}

// One fenced block of a page: ```yaml, ```yaml not-yet or ```yaml wrong.
struct Block {
    std::string where;
    std::string mark;
    std::string text;
};

std::vector<Block> yaml_blocks(const fs::path& path) {
    std::vector<Block> blocks;
    std::ifstream file(path, std::ios::binary);
    std::string line;
    bool inside = false;
    for (int number = 1; std::getline(file, line); ++number) {
        if (inside && line.starts_with("```")) {
            inside = false;
        } else if (inside) {
            blocks.back().text += line + "\n";
        } else if (line.starts_with("```yaml")) {
            inside = true;
            const std::string mark = line.size() > 8 ? line.substr(8) : "";
            blocks.push_back({path.string() + ":" + std::to_string(number), mark, ""});
        }
    }
    return blocks;
}

std::vector<fs::path> pages(const fs::path& root) {
    std::vector<fs::path> found;
    for (const char* folder : {"docs", "apps"}) {
        if (!fs::exists(root / folder)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() == ".md") found.push_back(entry.path());
        }
    }
    for (const auto& entry : fs::directory_iterator(root)) {
        if (entry.path().extension() == ".md") found.push_back(entry.path());
    }
    return found;
}

void check_block(const Block& block) {
    const auto spec = parse_spec(block.text, block.where);
    if (block.mark.empty()) {
        EXPECT_TRUE(spec.ok()) << spec.error().message;
    } else if (block.mark == "wrong") {
        EXPECT_FALSE(spec.ok()) << block.where << " is said to be wrong, and is accepted";
    } else {
        ASSERT_EQ(block.mark, "not-yet") << block.where << ": marks are not-yet and wrong";
        ASSERT_FALSE(spec.ok()) << block.where << " is said to be not yet, and is accepted";
        EXPECT_THAT(spec.error().message, HasSubstr("not yet in this release"));
    }
}

TEST(Documentation, EveryYamlBlockIsWhatItSays) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    if (root == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set: run by ctest";
    std::size_t blocks = 0;
    for (const fs::path& page : pages(root)) {
        for (const Block& block : yaml_blocks(page)) {
            check_block(block);
            ++blocks;
        }
    }
    EXPECT_GT(blocks, 0u);
}

TEST(Documentation, ShowsACanonicalText) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    if (root == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set: run by ctest";
    const auto blocks = yaml_blocks(fs::path(root) / "docs" / "formats" / "specification.md");
    ASSERT_EQ(blocks.size(), 1u);
    const auto spec = parse_spec(blocks[0].text);
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->canonical, blocks[0].text);
}

TEST(Documentation, EveryAppsSpecificationParses) {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    if (root == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set: run by ctest";
    const fs::path apps = fs::path(root) / "apps";
    if (!fs::exists(apps)) GTEST_SKIP() << "there is no apps/";
    for (const auto& entry : fs::recursive_directory_iterator(apps)) {
        if (entry.path().filename() != "volant.yaml") continue;
        std::stringstream text;
        text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        const auto spec = parse_spec(text.str(), entry.path().string());
        EXPECT_TRUE(spec.ok()) << spec.error().message;
    }
}

}  // namespace
}  // namespace volant::spec
