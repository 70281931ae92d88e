// Handler: what the network server calls for each request. The Router is one.
#pragma once

#include <cstdint>

#include "api/http.h"
#include "api/responder.h"
#include "core/time.h"

namespace volant::api {

// One answer on its way out, for counters.
struct Answered {
    std::uint32_t tag = kNoTag;  // what Responder::set_tag() said
    int status = 0;
    Micros latency_us = 0;           // from the request's last byte read to the answer's hand-over
    std::size_t request_bytes = 0;   // of the body
    std::size_t response_bytes = 0;  // of the body
};

class Handler {
  public:
    virtual ~Handler() = default;
    // Called on a network thread: must not block. Any thread may complete `responder`.
    virtual void handle(Request request, Responder responder) = 0;
    // Called on a network thread, once for each request given to handle(), and for each one refused
    // before (tag kNoTag). Not called for connections that have gone away.
    virtual void answered(const Answered&) {}
    // Around what a network thread finds to do without waiting, many requests under load; so that
    // they can be handed on together.
    virtual void begin_batch() {}
    virtual void end_batch() {}
};

}  // namespace volant::api
