// Connection: the protocol of one client: reads requests, gives them to the handler, sends the
// answers in order. Private to api/net; knows no network library: a Transport moves the bytes.
//
// Threads: everything on the connection's own network thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "api/net/exchange.h"
#include "api/net/parser.h"
#include "api/net/server.h"

namespace volant::api {

inline constexpr std::size_t kOutBytesMax =
    256u << 10;  // waiting for the client to read; beyond: no new requests
inline constexpr std::size_t kOutKeptMax = 64u << 10;  // memory kept between answers

// Moves bytes; calls back its Connection on the network thread. One read and one write at a time.
class Transport {
  public:
    virtual ~Transport() = default;
    virtual void read(char* at, std::size_t size) = 0;  // then Connection::on_read()
    virtual std::size_t write_now(
        std::string_view bytes) = 0;                 // what goes without waiting, maybe 0
    virtual void write(std::string_view bytes) = 0;  // then on_written(); bytes stay valid
    virtual void finish_writing() = 0;               // no more will be written
    virtual void close() = 0;                        // no more callbacks; at most once
    virtual std::shared_ptr<void> keep() = 0;        // keeps transport and connection alive
};

// What the connections of one network thread share.
struct Lane {
    Lane(const ServerOptions& server_options, Handler& request_handler)
        : options(server_options), handler(request_handler) {}

    const ServerOptions& options;
    Handler& handler;
    std::shared_ptr<Mailbox> mailbox;
    Micros now = 0;    // monotonic; as fresh as the event being worked on
    std::string date;  // "Date: ...\r\n", renewed each second
    bool stopping = false;

    // Written by this thread, read by figures().
    std::atomic<std::uint64_t> connections_open{0};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> requests_refused{0};
    std::atomic<std::uint64_t> faults{0};

    Exchange* make_exchange(Connection& owner);
    void free_exchange(Exchange* exchange);  // keeps some for reuse
    // Delivers the mailbox, then advances each connection that something came for, once.
    void drain();

    std::vector<Connection*> touched;

  private:
    static constexpr std::size_t kSpareMax = 256;
    std::vector<std::unique_ptr<Exchange>> spare_;
};

class Connection {
  public:
    Connection(Lane& lane, Transport& transport, const Peer& peer, bool secure);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();                    // the transport is ready (after a TLS handshake)
    void on_read(std::size_t size);  // 0: the client sends no more
    void on_written(std::size_t size);
    void on_broken();   // reading or writing failed
    void sweep();       // now and then: ends what takes too long
    void begin_stop();  // lane.stopping has become true
    void close();

    // For Exchange. takes(): the exchange belongs to the connection that is advancing, and is done.
    static bool is_advancing(const Mailbox& mailbox);
    bool takes(Exchange& exchange);
    void on_done(Exchange& exchange);
    void touch();    // advance() will follow
    void advance();  // does all that can be done without waiting

  private:
    enum class Phase { kHandshake, kOpen, kEnding, kLingering, kClosed };

    bool can_take_more() const;
    bool parse();
    void dispatch();
    void refuse(Error error);
    void renew_receiving();
    bool append_answers();
    void append_stream(Exchange& exchange);
    void append_head(const Exchange& exchange);
    void pop();
    bool is_last(const Exchange& exchange) const;
    void write_out();
    void read_on();
    void end_if_done();
    Exchange* add_exchange();
    void check_slow_request();

    Lane& lane_;
    Transport& transport_;
    const Peer peer_;
    const bool secure_;
    Phase phase_ = Phase::kHandshake;
    RequestParser parser_;

    std::unique_ptr<char[]> buffer_;  // [begin_, end_) is received and not parsed yet
    std::size_t buffer_size_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;

    Exchange* first_ = nullptr;  // in order of the requests, linked by `after`
    Exchange* last_ = nullptr;
    std::size_t in_flight_ = 0;

    std::string out_;      // to be written next
    std::string writing_;  // being written, from written_ on
    std::size_t written_ = 0;

    bool is_reading_ = false;
    bool is_writing_ = false;
    bool is_advancing_ = false;
    bool is_touched_ = false;
    bool peer_done_ = false;  // the client sends no more
    bool continue_sent_ = false;
    std::size_t receiving_ = 0;  // what this connection has added to the bodies' bytes
    std::size_t lingered_ = 0;   // bytes thrown away after a refusal
    Micros since_ = 0;           // of the phase, or the last answer
    Micros request_since_ = 0;   // first byte of the request that is being read
    Micros wrote_at_ = 0;
};

}  // namespace volant::api
