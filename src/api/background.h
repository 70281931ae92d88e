// Background: one thread for requests that read the log and would hold others up.
// Bounded: past kWaitingMax waiting tasks run() refuses. Threads: any.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/result.h"

namespace volant::api {

class Background {
  public:
    static constexpr std::size_t kWaitingMax = 64;

    Background();
    ~Background();  // drops what waits
    // kOverloaded. A task must not throw.
    Status run(std::function<void()> task);

  private:
    std::mutex lock_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> waiting_;  // guarded by lock_
    bool stopping_ = false;                      // guarded by lock_
    std::thread thread_;
};

}  // namespace volant::api
