// Exchange: one request that waits for its answer; Mailbox: how answers get back to the network
// thread. Private to api/net.
//
// An Exchange is made on its connection's network thread. Then its Responder owns it, on whatever
// thread, until complete() hands it to the Mailbox; the network thread takes everything out at once
// and each Connection sends its answers in order of the requests.
//
// Invariants:
// 1. `connection` and what the network thread's part says below are touched by that thread only;
//    but any thread may ask by is_wanted() whether the connection still is.
// 2. A Connection that dies first sets `connection` to null; the Exchange frees itself when
// delivered.
// 3. A Mailbox outlives its network thread: each Exchange that is out holds it. Once closed it
//    discards what is handed to it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "api/responder.h"
#include "core/time.h"

namespace volant::api {

class Connection;

// One letter to a network thread.
class Mail {
  public:
    virtual ~Mail() = default;
    virtual void deliver() = 0;  // network thread; may free itself
    Mail* next = nullptr;
};

// What the bodies of all connections take: those that are being received, those of requests that
// wait for their answer, and large answers that wait to be written. Any thread.
class BodyBytes {
  public:
    explicit BodyBytes(std::size_t bytes_max) : bytes_max_(static_cast<std::int64_t>(bytes_max)) {}
    // Counted in any case; false if there are too many now.
    bool add(std::size_t bytes) {
        const auto more = static_cast<std::int64_t>(bytes);
        return bytes_.fetch_add(more, std::memory_order_relaxed) + more <= bytes_max_;
    }
    void remove(std::size_t bytes) {
        bytes_.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    }

  private:
    const std::int64_t bytes_max_;
    std::atomic<std::int64_t> bytes_{0};
};

// What one exchange has added to them. Gives it back in its end.
class HeldBytes {
  public:
    HeldBytes() = default;
    ~HeldBytes() { give_back(); }
    HeldBytes(const HeldBytes&) = delete;
    HeldBytes& operator=(const HeldBytes&) = delete;
    bool add(const std::shared_ptr<BodyBytes>& bodies, std::size_t bytes) {
        bodies_ = bodies;
        bytes_ += bytes;
        return bodies->add(bytes);
    }
    void give_back() {
        if (bodies_) bodies_->remove(std::exchange(bytes_, 0));
        bodies_.reset();
    }

  private:
    std::shared_ptr<BodyBytes> bodies_;  // null while nothing is held
    std::size_t bytes_ = 0;
};

class Mailbox {
  public:
    explicit Mailbox(std::shared_ptr<BodyBytes> all_bodies) : bodies(std::move(all_bodies)) {}
    virtual ~Mailbox() = default;
    // Any thread; takes ownership. Wakes the network thread only when the mailbox was empty.
    void push(Mail* mail);
    // Network thread: all that has been pushed, oldest first, linked by `next`.
    Mail* take_all();
    // Network thread, at its end: discards what is there and what comes later.
    void close();

    const std::shared_ptr<BodyBytes> bodies;  // here, since an exchange may outlive the server

  protected:
    virtual void wake() = 0;  // any thread: take_all() must follow on the network thread

  private:
    std::atomic<Mail*> newest_{nullptr};
};

class StreamPart;

class Exchange final : public ResponseSink, public Mail {
  public:
    Exchange(std::shared_ptr<Mailbox> mailbox, Connection* owner)
        : connection(owner), mailbox_(std::move(mailbox)) {}

    void complete(Response answer) override;
    std::shared_ptr<StreamSink> stream(Response head) override;
    bool hold(std::size_t bytes) override;
    bool is_wanted() const override {
        return connection.load(std::memory_order_relaxed) != nullptr;
    }
    void deliver() override;
    // Makes it as new, keeping the memory of small strings; then for another request.
    void clear();
    void reuse(std::shared_ptr<Mailbox> mailbox, Connection* owner);

    Response response;                 // written by the completing thread before it pushes
    std::shared_ptr<StreamPart> part;  // likewise, of a streamed answer: read once `done`

    // The network thread's part.
    std::atomic<Connection*> connection;  // null once it is gone
    Exchange* after = nullptr;            // the next request of the same connection
    bool head_only = false;               // a HEAD: the answer's body is not sent
    bool keep_alive = true;
    bool http10 = false;
    bool done = false;       // the response, or a stream's head, may be sent
    bool head_sent = false;  // of a streamed answer
    Micros received_at = 0;  // monotonic
    std::size_t request_bytes = 0;

  private:
    void hand_over();
    std::shared_ptr<Mailbox> mailbox_;
    HeldBytes held_;  // of the request until its answer, then of that if it is large
};

// The pieces of a streamed answer, between the writing thread and the network thread.
class StreamPart final : public StreamSink, public std::enable_shared_from_this<StreamPart> {
  public:
    StreamPart(std::shared_ptr<Mailbox> mailbox, Exchange* exchange)
        : exchange_(exchange), mailbox_(std::move(mailbox)) {}

    bool write(std::string_view bytes) override;
    void close() override;

    // Network thread: what waits, and whether nothing will follow it.
    struct Piece {
        std::string bytes;
        bool last = false;
    };
    Piece take();
    void abandon();  // the client is gone: the exchange is forgotten, writes answer false
    void deliver();

  private:
    void notify();  // with lock_ held

    Exchange* exchange_;  // network thread only
    const std::shared_ptr<Mailbox> mailbox_;
    std::mutex lock_;
    std::string waiting_;  // guarded by lock_, as are the next three
    bool notified_ = false;
    bool closed_ = false;
    bool abandoned_ = false;
};

}  // namespace volant::api
