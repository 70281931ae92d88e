// Background: one thread for requests that read the log and would hold others up.
// Bounded: past `waiting_max` waiting tasks it refuses. Threads: any.
//
// A task that throws ends its own request alone: 500 `internal`, or 503 `overloaded` where memory
// ran out.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "api/responder.h"
#include "core/result.h"

namespace volant::api {

// True while somebody waits for the answer; to be asked now and then in the middle of long work,
// whose answer is thrown away once it is false.
using IsWanted = std::function<bool()>;
// What is thrown away then.
Error client_gone();

class Background {
  public:
    static constexpr std::size_t kWaitingMax = 64;

    explicit Background(std::size_t waiting_max = kWaitingMax);
    ~Background();  // drops what waits
    // Answers with what `make` returns; kOverloaded at once if too many wait. For a client that has
    // gone by the time of its turn nothing is made: it would hold up those behind it.
    void answer(Responder responder, std::function<Response(const IsWanted&)> make);
    // kOverloaded. A task that throws is dropped, and the Responder in it with it.
    Status run(std::function<void()> task);

  private:
    void work();

    const std::size_t waiting_max_;
    std::mutex lock_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> waiting_;  // guarded by lock_
    bool stopping_ = false;                      // guarded by lock_
    std::thread thread_;
};

// What reads the log, by how long it takes: nothing waits for what takes far longer.
struct Backgrounds {
    Background lookups;   // single records, by their place
    Background searches;  // stretches of it: pages of events, what became of an answer
    Background folds{8};  // all of it, from its beginning: features as they were
};

}  // namespace volant::api
