// ClosedQueue: closed answers in the order of their closing, packed (answer_bytes.h), for versions
// that have to catch up. Threads: one; const functions wherever no other runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "feedback/open_prediction.h"
#include "log/record.h"

namespace volant::feedback {

class ClosedQueue {
  public:
    // `at` is the record during whose apply the answer closed; they ascend.
    void push(log::Lsn at, const Closed& closed);
    // Forgets the oldest; the queue is not empty. Returns its `at`.
    log::Lsn pop();
    // Oldest first.
    void each(const std::function<void(log::Lsn at, const Closed& closed)>& visit) const;

    std::size_t size() const { return size_; }
    std::size_t bytes() const { return bytes_; }  // of the answers, as they are packed

  private:
    struct Block {
        std::string bytes;
        std::size_t begin = 0;  // of its oldest answer
    };

    std::deque<Block> blocks_;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace volant::feedback
