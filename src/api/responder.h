// Responder: the promise of one answer. A handler gets it with the request and may keep it and
// complete it later, from any thread.
//
// Exactly one answer: send() or stream() once; a second time is a broken promise (CHECK). A
// Responder that is dropped without an answer sends 500 `internal`. Many answers completed together
// from one thread cost one wake-up of each network thread, not one an answer. A client that has
// gone away is no failure: its answer is thrown away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/http.h"

namespace volant::api {

inline constexpr std::uint32_t kNoTag = UINT32_MAX;

// Where the pieces of a streamed answer go. Any thread.
class StreamSink {
  public:
    virtual ~StreamSink() = default;
    virtual bool write(std::string_view bytes) = 0;
    virtual void close() = 0;
};

// Where an answer goes: a connection of the network server, or a caller in the same process.
class ResponseSink {
  public:
    virtual ~ResponseSink() = default;
    // Takes the answer and ends the sink's life as far as the Responder is concerned.
    virtual void complete(Response response) = 0;
    virtual std::shared_ptr<StreamSink> stream(Response head) = 0;
    // Counts what the request keeps until its answer; false past what all may keep together.
    virtual bool hold(std::size_t) { return true; }
    // False once nobody waits for the answer any more. Any thread, before the answer.
    virtual bool is_wanted() const { return true; }

    // Until the answer, written only by the thread that runs Handler::handle().
    std::string headers;         // added to the answer whatever it is: CORS
    std::uint32_t tag = kNoTag;  // the route, for Handler::answered()
    std::string room;            // empty; its memory is of earlier answers' bodies
};

// A streamed answer (server-sent events). Move-only; destruction ends the stream.
class ResponseStream {
  public:
    explicit ResponseStream(std::shared_ptr<StreamSink> sink) : sink_(std::move(sink)) {}
    ResponseStream(ResponseStream&&) = default;
    ResponseStream& operator=(ResponseStream&&) = delete;
    ~ResponseStream() {
        if (sink_) sink_->close();
    }
    // False once the client is gone, reads too slowly (kStreamBytesMax wait for it), or the server
    // stops: write no more. Never blocks.
    bool write(std::string_view bytes) { return sink_->write(bytes); }

  private:
    std::shared_ptr<StreamSink> sink_;
};

inline constexpr std::size_t kStreamBytesMax = 1u << 20;

class Responder {
  public:
    // `sink` outlives the Responder, until complete() or stream() is called on it.
    explicit Responder(ResponseSink& sink) : sink_(&sink) {}
    Responder(Responder&& other) noexcept : sink_(std::exchange(other.sink_, nullptr)) {}
    Responder& operator=(Responder&& other) noexcept {
        std::swap(sink_, other.sink_);
        return *this;
    }
    ~Responder();

    void send(Response response);
    // To write the body into: most answers then need no memory, which one thread would take and
    // another give back. Before the answer, by whoever gives it.
    std::string empty_body();
    // Starts an answer of unknown length; `head.body` is its first piece.
    ResponseStream stream(Response head);

    // Only in Handler::handle(), before the answer.
    void add_header(std::string_view name, std::string_view value);
    void set_tag(std::uint32_t tag);
    // So many bytes of the request are kept until the answer. False if all requests together keep
    // more than there is room for: then it should be answered at once.
    bool hold(std::size_t bytes);

    bool is_open() const { return sink_ != nullptr; }  // no answer was given yet
    // False once the client is known to be gone: long work for it may be left undone, and any
    // answer given. By whoever holds the Responder, whatever thread that is: the sink lives until
    // the answer, and keeps in an atomic word whether its connection does.
    bool is_wanted() const;

  private:
    ResponseSink& take();
    ResponseSink* sink_;
};

}  // namespace volant::api
