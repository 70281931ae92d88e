// A queue from many producers to one consumer that takes everything there is at once.
//
// Bounded: a full queue refuses, it never grows and never blocks a producer. Order: first in, first
// out for each producer, and across producers in the order their push() returned.
// Threads: push(), close() and size() from any thread; pop_all() from one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "core/time.h"

namespace volant {

enum class Push { kDone, kFull, kClosed };

template <class T>
class BoundedQueue {
  public:
    // `items_max` > 0: how many may wait.
    explicit BoundedQueue(std::size_t items_max) : items_max_(items_max) {}

    // Moves from `item` only when it answers kDone.
    Push push(T& item) {
        bool wake;
        {
            const std::lock_guard lock(mutex_);
            if (closed_) return Push::kClosed;
            if (items_.size() >= items_max_) return Push::kFull;
            items_.push_back(std::move(item));
            wake = waiting_;
            waiting_ =
                false;  // one notice is enough for all that follow until the consumer is back
        }
        if (wake) ready_.notify_one();
        return Push::kDone;
    }

    // Waits until something is there, the queue is closed or `wait` has passed; then swaps all that
    // waits into `out` (cleared first; its capacity is reused for the next items). False when the
    // queue is closed and nothing is left: the consumer is done.
    bool pop_all(std::vector<T>& out, Micros wait = kNever) {
        out.clear();
        std::unique_lock lock(mutex_);
        const auto some = [&] { return !items_.empty() || closed_; };
        if (!some()) {
            // A notice may be spent on a wake-up that found nothing, so each wait announces itself
            // anew.
            const auto until = std::chrono::steady_clock::now() +
                               std::chrono::microseconds(wait == kNever ? kDay : wait);
            while (!some()) {
                waiting_ = true;
                if (ready_.wait_until(lock, until) == std::cv_status::timeout && wait != kNever)
                    break;
            }
            waiting_ = false;
        }
        items_.swap(out);
        return !out.empty() || !closed_;
    }

    // Nothing more is taken in; what waits can still be popped.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        ready_.notify_one();
    }

    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }

  private:
    const std::size_t items_max_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    // Guarded by mutex_:
    std::vector<T> items_;
    bool waiting_ = false;
    bool closed_ = false;
};

}  // namespace volant
