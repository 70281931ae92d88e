#include "log/wake.h"

#include <gtest/gtest.h>

namespace volant::log {
namespace {

// A condition variable whose notifications are held up on their way.
struct HeldUp {
    int notified = 0;
    void notify_one() { ++notified; }
};

TEST(Wake, AWakerThatIsHeldUpLeavesTheWakingToTheNext) {
    std::mutex mutex;
    HeldUp condition;
    bool waits = true;  // and does not run yet
    for (int waker = 0; waker < 2; ++waker) {
        std::unique_lock lock(mutex);
        wake(lock, condition, waits);
    }
    EXPECT_EQ(condition.notified, 2);
}

TEST(Wake, NobodyIsNotifiedWhoDoesNotWait) {
    std::mutex mutex;
    HeldUp condition;
    const bool waits = false;
    std::unique_lock lock(mutex);
    wake(lock, condition, waits);
    EXPECT_FALSE(lock.owns_lock());
    EXPECT_EQ(condition.notified, 0);
}

}  // namespace
}  // namespace volant::log
