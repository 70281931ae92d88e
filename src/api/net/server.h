// Server: HTTP/1.1 on a TCP port: keep-alive, pipelining, chunked bodies, optional TLS.
//
// What it promises: answers leave a connection in the order of its requests; a request that breaks
// a limit is refused before it is read whole; stop() finishes what is in flight; a client can hold
// no more than the limits below, however slowly it speaks. Threads: `threads` network threads, each
// with its own event loop; connections are dealt to the one that has the fewest. Handler::handle()
// runs on them. Ownership: `handler` and `clock` outlive the server; Responders may outlive it
// (their answers are then thrown away). Failure: start() answers kUnavailable naming the address
// and port, or the certificate file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/handler.h"
#include "core/clock.h"
#include "core/result.h"

namespace volant::api {

struct ServerOptions {
    std::string listen = "127.0.0.1";          // an address, not a name
    std::uint16_t port = 7700;                 // 0: any free one, see Server::port()
    int threads = 0;                           // 0: half of the machine's cores, at least one
    std::size_t header_bytes_max = 16u << 10;  // of one request
    std::size_t body_bytes_max = 32u << 20;    // of one request, as sent
    // Of all bodies that are being received, or were and wait for their answer, and of large answers
    // that wait to be written; beyond: 503.
    std::size_t bodies_bytes_max = 256u << 20;
    std::size_t connections_max = 10'000;  // beyond: 503 and closed
    std::size_t pipeline_max = 128;        // requests of one connection in flight; beyond: not read
    Micros header_timeout = 10 * kSecond;  // from a request's first byte to the end of its head
    Micros body_timeout = 30 * kSecond;    // for a body, and one second more for each
    std::size_t body_bytes_per_second_min = 4096;  // of these that have arrived
    Micros idle_timeout = 75 * kSecond;            // between requests
    Micros write_timeout = 30 * kSecond;           // for a client that does not read
    std::string certificate_file = {};             // PEM chain; with key_file: TLS 1.2 and 1.3 only
    std::string key_file = {};
};

// Figures for /metrics; totals since start.
struct ServerFigures {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;  // beyond connections_max
    std::uint64_t requests = 0;             // read whole
    std::uint64_t requests_refused = 0;     // not HTTP, too large, too slow
    std::uint64_t faults = 0;  // exceptions that ended a connection: a bug, or no memory
};

// How many network threads start() makes where ServerOptions::threads is `wanted`.
int network_threads(int wanted);

class Server {
  public:
    static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler,
                                                 const Clock& clock);
    ~Server();  // stop(0)

    std::uint16_t port() const;
    ServerFigures figures() const;  // any thread

    // Accepts no more, closes idle connections, and waits until requests in flight are answered and
    // sent, for `grace` at most; then closes everything. Streams end at once. Idempotent; one
    // thread.
    void stop(Micros grace);

  private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace volant::api
