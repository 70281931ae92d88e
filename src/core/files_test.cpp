#include "core/files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace volant {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
  protected:
    FilesTest() {
        std::string name = testing::TempDir() + "filesXXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~FilesTest() override { fs::remove_all(folder_); }

    std::string folder_;
};

TEST_F(FilesTest, MakesAFolderWithItsParentsAndIsFineIfItIsThere) {
    for (int time = 0; time < 2; ++time) {
        EXPECT_TRUE(make_folders(folder_ + "/a/b/c/").ok());
        EXPECT_TRUE(fs::is_directory(folder_ + "/a/b/c"));
    }
    EXPECT_TRUE(make_folders("/").ok());
    EXPECT_TRUE(make_folders(".").ok());
}

TEST_F(FilesTest, RefusesAFolderWhereAFileStandsOrWithoutAName) {
    ASSERT_TRUE(write_file_synced(folder_ + "/file", "x").ok());
    const Status made = make_folders(folder_ + "/file");
    ASSERT_FALSE(made.ok());
    EXPECT_NE(made.error().message.find(folder_ + "/file"), std::string::npos);
    EXPECT_FALSE(make_folders(folder_ + "/file/below").ok());
    EXPECT_FALSE(make_folders("").ok());
}

TEST_F(FilesTest, AParentIsWhereTheNameStands) {
    EXPECT_EQ(parent_folder("a/b"), "a");
    EXPECT_EQ(parent_folder("a/b/"), "a");
    EXPECT_EQ(parent_folder("a"), ".");
    EXPECT_EQ(parent_folder("a/"), ".");
    EXPECT_EQ(parent_folder("/a"), "/");
    EXPECT_EQ(parent_folder("/"), "/");
}

}  // namespace
}  // namespace volant
