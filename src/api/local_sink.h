// LocalSink: takes an answer within the process, for commands that run the handlers without a
// server, and for tests. wait() blocks until the answer is there. Threads: complete() on any,
// wait() on one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>

#include "api/responder.h"

namespace volant::api {

class LocalSink final : public ResponseSink {
  public:
    void complete(Response response) override;
    // Pieces are joined; the answer is there when the stream closes.
    std::shared_ptr<StreamSink> stream(Response head) override;

    // The sink must outlive what was written to it; call once.
    Response wait();

  private:
    class Pieces;
    std::mutex lock_;
    std::condition_variable done_;
    std::optional<Response> response_;  // guarded by lock_
};

class Handler;

// Sends `request` through `handler` and waits for the answer.
Response ask(Handler& handler, Request request);

}  // namespace volant::api
