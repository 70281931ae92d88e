// RequestParser: bytes in, Requests out, over Beast's parser. Private to api/net.
//
// What Beast leaves open is closed here: the size of all header fields together, fields after the
// body (dropped), and transfer codings other than `chunked` (refused, since two readers that
// disagree about a body's end let a request be smuggled: RFC 9112 11.2).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "api/http.h"
#include "core/result.h"

namespace volant::api {

struct ParserLimits {
    std::size_t header_bytes_max = 16u << 10;  // names and values together, and the request line
    std::size_t body_bytes_max = 32u << 20;
};

class RequestParser {
  public:
    explicit RequestParser(ParserLimits limits);
    ~RequestParser();

    // Takes bytes from the front of `bytes` and says how many. True: a whole request is there;
    // take() it before the next put(). False: more bytes are needed, after those that were not
    // used. Errors: kUsage for what is not HTTP/1, kTooLarge. Nothing can be read after an error.
    Result<bool> put(std::string_view bytes, std::size_t& used);
    Request take();

    bool in_request() const;         // some bytes of a request have been used
    bool in_body() const;            // its header fields are whole
    bool wants_continue() const;     // in_body(), and it said `Expect: 100-continue`
    std::size_t body_bytes() const;  // of the body, so far
    bool keep_alive() const;         // of the request that was taken last, as is the next
    bool is_http11() const;

  private:
    class Machine;
    ParserLimits limits_;
    std::unique_ptr<Machine> machine_;
    bool keep_alive_ = true;
    bool is_http11_ = true;
};

}  // namespace volant::api
