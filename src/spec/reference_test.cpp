#include "spec/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/json_reader.h"
#include "spec/table.h"

namespace volant::spec {
namespace {

using ::testing::HasSubstr;

std::filesystem::path reference_folder() {
    const char* root = std::getenv("VOLANT_SOURCE_DIR");
    return std::filesystem::path(root != nullptr ? root : ".") / "docs" / "reference";
}

// Holds a file to its generated text; with VOLANT_WRITE_DOCS set, writes it first.
void hold(const std::string& name, const std::string& text) {
    const auto path = reference_folder() / name;
    if (std::getenv("VOLANT_WRITE_DOCS") != nullptr) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) GTEST_FAIL() << path << " is missing; see spec/reference.h for how to write it";
    std::stringstream found;
    found << file.rdbuf();
    EXPECT_EQ(found.str(), text) << path
                                 << " is old; see spec/reference.h for how to write it anew";
}

TEST(Reference, ThePageInDocsIsTheGeneratedOne) {
    hold("settings.md", settings_markdown());
}

TEST(Reference, TheSchemaInDocsIsTheGeneratedOne) {
    hold("volant.schema.json", json_schema());
}

TEST(Reference, ThePageNamesEveryKey) {
    const std::string page = settings_markdown();
    for (const settings::Row& row : settings_table().rows()) {
        EXPECT_THAT(page, HasSubstr("| `" + std::string(row.path) + "` |"));
    }
    EXPECT_THAT(page, HasSubstr("| `server.port` | an integer from 0 to 65535 | `7700` |"));
}

TEST(Reference, TheSchemaIsJsonAndKnowsTheKeys) {
    const std::string schema = json_schema();
    json::Document document;
    auto root = document.parse(schema);
    ASSERT_TRUE(root.ok());
    EXPECT_TRUE(root->raw().ok());
    EXPECT_TRUE(document.finish().ok());
    EXPECT_THAT(schema, HasSubstr("\"holdback\""));
    EXPECT_THAT(schema, HasSubstr("\"additionalProperties\":false"));
    EXPECT_EQ(schema.find("\"tables\""), std::string::npos) << "not yet";
}

}  // namespace
}  // namespace volant::spec
