// wake(): how a queue wakes the thread that waits for it. Private to log/.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

namespace volant::log {

// Unlocks, and wakes the one thread that waits if nobody has yet: one wake-up a batch, not one a
// command. What it waits for must be true by now, or it would sleep on unseen.
inline void wake(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                 bool& waits) {
    const bool first = std::exchange(waits, false);
    lock.unlock();
    if (first) condition.notify_one();
}

}  // namespace volant::log
