#include "log/workspace_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace volant::log {
namespace {

using ::testing::HasSubstr;

class WorkspaceLockTest : public testing::Test {
  protected:
    WorkspaceLockTest() {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = std::filesystem::temp_directory_path() /
                  ("volant_lock_" + std::to_string(::getpid()) + "_" + info->name());
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~WorkspaceLockTest() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
};

TEST_F(WorkspaceLockTest, IsTakenOnceAndNamesTheHolder) {
    EXPECT_EQ(WorkspaceLock::holder(folder_), 0);
    {
        const auto lock = WorkspaceLock::acquire(folder_);
        ASSERT_TRUE(lock.ok()) << lock.error().message;
        EXPECT_EQ(WorkspaceLock::holder(folder_), ::getpid());
        const auto second = WorkspaceLock::acquire(folder_);
        ASSERT_FALSE(second.ok());
        EXPECT_EQ(second.error().code, Code::kUnavailable);
        EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
    }
    EXPECT_EQ(WorkspaceLock::holder(folder_), 0);
    EXPECT_TRUE(WorkspaceLock::acquire(folder_).ok());
}

TEST_F(WorkspaceLockTest, GoesWithAKilledProcess) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = WorkspaceLock::acquire(folder_);
        (void)!::write(ready[1], lock.ok() ? "y" : "n", 1);
        ::pause();
        ::_exit(0);
    }
    char taken = 0;
    ASSERT_EQ(::read(ready[0], &taken, 1), 1);
    ASSERT_EQ(taken, 'y');
    EXPECT_EQ(WorkspaceLock::holder(folder_), child);
    EXPECT_FALSE(WorkspaceLock::acquire(folder_).ok());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    EXPECT_TRUE(WorkspaceLock::acquire(folder_).ok());
}

TEST_F(WorkspaceLockTest, DataOfAnotherFormatAreRefused) {
    EXPECT_TRUE(WorkspaceLock::acquire(folder_).ok());
    std::ofstream(folder_ / "FORMAT") << "7\n";
    const auto lock = WorkspaceLock::acquire(folder_);
    ASSERT_FALSE(lock.ok());
    EXPECT_EQ(lock.error().code, Code::kCorrupt);
    EXPECT_THAT(lock.error().message, HasSubstr("found format \"7\""));
    EXPECT_EQ(WorkspaceLock::holder(folder_), 0);
}

}  // namespace
}  // namespace volant::log
