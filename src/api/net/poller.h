// Poller: which plain sockets of one network thread can be read or written. Private to api/net.
//
// Asio's own sockets try to read when a read begins, which under a client that waits for its answer
// is a system call for nothing at each request, and keep books for each operation. Here a socket is
// registered once, edge-triggered: who is told that there is something to read may read until it
// gets less than it asked for. TLS, accepting, timers and wake-ups stay with asio, which waits for
// this poller's descriptor among its own.
//
// Threads: one. Ownership: a Watched is forgotten before it goes away.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <vector>

namespace volant::api {

class Poller {
  public:
    struct Ready {
        bool to_read = false;   // else there is room to write
        bool is_ended = false;  // the client sends no more, or the connection is broken
    };
    class Watched {
      public:
        virtual ~Watched() = default;
        virtual void on_ready(Ready ready) = 0;
    };

    Poller();
    ~Poller() = default;  // the descriptor is closed by whoever waits for it
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    // The caller's to close. Readable while turn() has something to do, but for what again() has
    // asked.
    int descriptor() const { return poll_; }
    // False if the system has no room for it.
    bool add(int socket, Watched& watched);
    // Before its socket is closed, which ends the registration.
    void forget(Watched& watched);
    // The next turn() calls on_ready(to_read) although nothing new has come.
    void again(Watched& watched) { again_.push_back(&watched); }

    // Calls on_ready() of those that are ready, kTurnMax at most. True if another turn should
    // follow without waiting.
    bool turn();

  private:
    static constexpr int kTurnMax = 64;

    int poll_ = -1;
    std::array<epoll_event, kTurnMax> events_{};
    int next_ = 0, end_ = 0;  // of events_, those still to be told
    std::vector<Watched*> again_, telling_;
};

}  // namespace volant::api
