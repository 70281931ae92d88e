#include "core/errors.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "core/errors_page.h"
#include "core/files.h"

namespace volant {
namespace {

std::string page_path() {
    const char* source = std::getenv("VOLANT_SOURCE_DIR");
    return source == nullptr ? "" : std::string(source) + "/docs/reference/errors.md";
}

// VOLANT_WRITE_DOCS=1 writes the page instead of comparing it.
TEST(Errors, ThePageIsMadeFromTheTable) {
    const std::string path = page_path();
    if (path.empty()) {
        GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
    }
    if (std::getenv("VOLANT_WRITE_DOCS") != nullptr) {
        ASSERT_TRUE(replace_file(path, errors_markdown()).ok());
    }
    const auto page = read_file(path);
    ASSERT_TRUE(page.ok()) << page.error().message;
    EXPECT_EQ(*page, errors_markdown());
}

TEST(Errors, NamesAreUniqueAndCodesAreInTheirRanges) {
    std::set<std::string_view> names;
    for (const ErrorRow& row : error_table()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_GE(row.http_status, 400) << row.name;
        EXPECT_LT(row.http_status, 600) << row.name;
        EXPECT_TRUE(row.exit_code == 2 || row.exit_code == 3 || row.exit_code == 4 ||
                    row.exit_code == 130)
            << row.name;
        // What the client did wrong is not mended by asking again.
        EXPECT_FALSE(row.retry && row.http_status < 429) << row.name;
    }
}

}  // namespace
}  // namespace volant
