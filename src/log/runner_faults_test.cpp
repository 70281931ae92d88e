// The runner on a disk that is full or fails.
#include <cerrno>

#include "log/fault_disk.h"
#include "log/runner_fixture.h"

namespace volant::log {
namespace {

TEST_F(RunnerTest, AFullDiskRefusesCommandsUnrunAndLetsReadersPass) {
    FaultDisk disk(1);
    disk.set_capacity(6 * 16 * 1024);
    auto log = *make_log(disk, "log", {.segment_bytes = 16u << 10, .background = false});
    HashFold fold;
    auto runner = make_runner(*log, fold, clock_, {});
    ASSERT_TRUE(runner->start().ok());
    const std::string text(500, 'x');
    const auto append = [&](Lsn& ran) -> Status {
        std::promise<Status> promise;
        auto next = command([&](Turn& turn) { ran = turn.append({.clear = text, .sealed = {}}); },
                            [&](const Status& status) { promise.set_value(status); });
        next->append_bytes_max = 600;
        EXPECT_TRUE(runner->submit(next).ok());
        return promise.get_future().get();
    };
    Status status;
    Lsn ran = 0;
    while (status.ok()) status = append(ran);
    EXPECT_EQ(status.error().code, Code::kStorageFull);
    EXPECT_EQ(fold.count, ran);
    EXPECT_EQ(log->durable_lsn(), ran);

    std::promise<Status> promise;
    auto reader = command([](Turn&) {}, [&](const Status& s) { promise.set_value(s); });
    reader->append_bytes_max = 0;
    ASSERT_TRUE(runner->submit(reader).ok());
    EXPECT_TRUE(promise.get_future().get().ok());

    ASSERT_TRUE(log->drop_before(ran).ok());
    EXPECT_TRUE(append(ran).ok());
    EXPECT_TRUE(runner->stop(false).ok());
}

TEST_F(RunnerTest, AFailedSyncEndsEverythingLoudly) {
    FaultDisk disk(1);
    auto log = *make_log(disk, "log", kSmall);
    HashFold fold;
    auto runner = make_runner(*log, fold, clock_, {});
    std::atomic<int> fatal{0};
    runner->on_fatal = [&](const Error& error) {
        EXPECT_EQ(error.code, Code::kUnavailable);
        ++fatal;
    };
    ASSERT_TRUE(runner->start().ok());
    ASSERT_TRUE(append_text(*runner, "a").ok());
    disk.fail(DiskOperation::kSync, 1, EIO);
    EXPECT_EQ(append_text(*runner, "b").error().code, Code::kUnavailable);
    EXPECT_EQ(append_text(*runner, "c").error().code, Code::kUnavailable);
    EXPECT_EQ(fatal, 1);
    EXPECT_EQ(log->durable_lsn(), 1u);
    const Status stopped = runner->stop(true);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace volant::log
