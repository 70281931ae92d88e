// wake(): how a queue wakes the thread that waits for it. Private to log/.
#pragma once

#include <condition_variable>
#include <mutex>

namespace volant::log {

// Unlocks, and notifies if the one thread that waits has not run since it began to. What it waits
// for must be true by now, or it would sleep on unseen.
//
// `waits` is the sleeper's alone to clear, under the lock, once it runs. If a waker cleared it, one
// that is held up before it notifies (a lower priority, one busy core) would leave the sleeper
// asleep while all who come after it believe it woken. So each of them notifies until it runs,
// which costs no system call: only the first finds a waiter that nobody has notified. Nor is the
// lock held meanwhile, or the one woken would wait for it, and so would everybody else behind a
// waker that is held up there.
template <class Condition>
void wake(std::unique_lock<std::mutex>& lock, Condition& condition, const bool& waits) {
    const bool sleeps = waits;
    lock.unlock();
    if (sleeps) condition.notify_one();
}

}  // namespace volant::log
