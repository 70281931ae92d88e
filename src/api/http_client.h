// HttpClient: one keep-alive connection to a Volant server, for the commands of the command line
// and for `volant simulate`. Plain blocking sockets; no TLS.
//
// Pipelining: queue() as many requests as you like, flush() once, then receive() the answers in the
// same order. Several clients can be worked from one thread: queue and flush on each, then receive
// on each.
// Threads: one client a thread. A moved-from client may only be destroyed or assigned to.
// Failure: kUnavailable names the address: nothing listens there, a wait exceeded `timeout`, or the
// connection broke; after any error the connection is closed, what was outstanding is lost, and the
// next request opens a new connection. An HTTP error status is not an Error: look at
// HttpAnswer::status.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace volant::api {

using HttpField = std::pair<std::string, std::string>;  // name, value

struct HttpAnswer {
    int status = 0;
    std::vector<HttpField> headers;  // names in lower case
    std::string body;

    // "" when it is not there; `name` in lower case.
    std::string_view header(std::string_view name) const;
};

struct HttpClientOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 7700;
    std::string key = {};                     // sent as `Authorization: Bearer`, unless empty
    Micros timeout = 30 * kSecond;            // of connecting, and of each wait for bytes
    std::size_t body_bytes_max = 256u << 20;  // of one answer
};

class HttpClient {
  public:
    explicit HttpClient(HttpClientOptions options);

    // Sends one request and waits for its answer. CHECKs that nothing is outstanding.
    // A body is sent as application/json unless `headers` has a Content-Type.
    Result<HttpAnswer> request(std::string_view method, std::string_view target,
                               std::string_view body = {}, std::span<const HttpField> headers = {});

    // Pipelining. `target` must be percent-encoded already (percent_encode of api/percent.h).
    void queue(std::string_view method, std::string_view target, std::string_view body = {},
               std::span<const HttpField> headers = {});
    Status flush();
    Result<HttpAnswer>
    receive();  // flushes first if need be; kUnavailable if nothing is outstanding
    std::size_t outstanding() const { return outstanding_.size(); }

    // GETs `target` and hands on the body piece by piece until it ends or `on_bytes` answers false
    // (then the connection is closed). The answer's body is empty unless the status is an error's.
    Result<HttpAnswer> stream(std::string_view target,
                              const std::function<bool(std::string_view)>& on_bytes);

    void close();
    const HttpClientOptions& options() const { return options_; }

  private:
    using OnBytes = std::function<bool(std::string_view)>;
    enum class Go { kOn, kStopped };  // kStopped: on_bytes answered false

    class Socket {
      public:
        Socket() = default;
        explicit Socket(int fd) : fd_(fd) {}
        Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
        Socket& operator=(Socket&& other) noexcept {
            std::swap(fd_, other.fd_);
            return *this;
        }
        ~Socket();
        bool is_open() const { return fd_ >= 0; }
        int fd() const { return fd_; }

      private:
        int fd_ = -1;
    };

    Status connect();
    Status send_all();
    Status read_more();  // kUnavailable at the end of the stream too
    Result<HttpAnswer> read_answer(bool head);
    Result<HttpAnswer> read_head();
    Result<Go> read_body(const HttpAnswer& answer, const OnBytes& on_bytes);
    Result<Go> read_chunks(const OnBytes& on_bytes);
    Result<Go> read_exactly(std::size_t size, const OnBytes& on_bytes);
    Result<Go> read_until_closed(const OnBytes& on_bytes);
    Result<std::string> read_line();
    bool peer_closed() const;
    Error broken(std::string_view what) const;
    std::string_view unread() const { return std::string_view(in_).substr(read_); }

    HttpClientOptions options_;
    Socket socket_;
    std::string out_;               // queued and not sent yet
    std::string in_;                // received
    std::size_t read_ = 0;          // how much of in_ has been taken
    std::deque<bool> outstanding_;  // for each request that waits for its answer: was it a HEAD?
    bool last_answer_ = false;      // the server closes after this answer
};

}  // namespace volant::api
