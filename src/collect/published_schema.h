// PublishedSchema: a copy of the Schema for network threads, as the apply thread had it some time
// ago. What adds nothing to a state of the Schema adds nothing while that state lasts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "collect/schema.h"

namespace volant::collect {

class PublishedSchema {
  public:
    // Threads: any.
    std::uint64_t state() const { return state_.load(std::memory_order_relaxed); }
    std::shared_ptr<const Schema> get() const {  // nullptr before the first
        const std::lock_guard lock(mutex_);
        return schema_;
    }
    // Threads: apply.
    void publish(const Schema& schema) {
        auto copy = std::make_shared<const Schema>(schema);
        const std::lock_guard lock(mutex_);
        schema_ = std::move(copy);
        state_.store(schema.state(), std::memory_order_relaxed);
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Schema> schema_;
    std::atomic<std::uint64_t> state_ = 0;
};

}  // namespace volant::collect
