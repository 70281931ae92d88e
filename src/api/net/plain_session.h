// PlainSession: the transport of one connection over a TCP socket without TLS. Private to api/net;
// included by server.cpp alone.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "api/net/loop.h"

namespace volant::api {

class PlainSession final : public Session,
                           public Poller::Watched,
                           public std::enable_shared_from_this<PlainSession> {
  public:
    // Takes over `socket`, a non-blocking one.
    PlainSession(Loop& loop, const Peer& peer, int socket)
        : loop_(loop), socket_(socket), connection_(loop.lane(), *this, peer, false) {}

    Connection& connection() override { return connection_; }

    void start() override {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!loop_.poller().add(socket_, *this)) return connection_.close();
        connection_.start();
    }
    void read(char* at, std::size_t size) override {
        read_at_ = at;
        read_size_ = size;
        if (may_read_) loop_.turn_again(*this);
    }
    std::size_t write_now(std::string_view bytes) override {
        const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return sent > 0 ? static_cast<std::size_t>(sent) : 0;
    }
    // Follows a write_now() that did not take everything: the socket tells when there is room.
    void write(std::string_view bytes) override {
        writing_ = bytes;
        if (is_ended_) loop_.turn_again(*this);
    }
    void finish_writing() override { ::shutdown(socket_, SHUT_WR); }
    void close() override {
        if (std::exchange(closed_, true)) return;
        loop_.poller().forget(*this);
        ::close(socket_);
        loop_.remove(*this);
    }
    std::shared_ptr<void> keep() override { return this->shared_from_this(); }

    void on_ready(Poller::Ready ready) override {
        const auto alive = shared_from_this();
        may_read_ |= ready.to_read;
        is_ended_ |= ready.is_ended;
        loop_.guarded(*this, [this] {
            try_to_write();
            try_to_read();
        });
    }

  private:
    void try_to_read() {
        if (closed_ || !may_read_ || read_at_ == nullptr) return;
        char* const at = std::exchange(read_at_, nullptr);
        const ssize_t got = ::recv(socket_, at, read_size_, 0);
        if (got < 0 && errno == EAGAIN) {
            read_at_ = at;
            may_read_ = false;
            return;
        }
        if (got < 0) return connection_.on_broken();
        const auto size = static_cast<std::size_t>(got);
        may_read_ = is_ended_ || size == read_size_;  // less than asked for: the socket is empty
        connection_.on_read(size);
    }
    void try_to_write() {
        while (!closed_ && !writing_.empty()) {
            const ssize_t sent = ::send(socket_, writing_.data(), writing_.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EAGAIN) return;
            if (sent < 0) return connection_.on_broken();
            writing_ = {};
            connection_.on_written(static_cast<std::size_t>(sent));  // may ask for the rest
        }
    }

    Loop& loop_;
    const int socket_;
    Connection connection_;
    bool closed_ = false;
    bool may_read_ = false;    // there may be something that no event will tell of
    bool is_ended_ = false;    // reading never blocks any more
    char* read_at_ = nullptr;  // where the connection waits for bytes, or null
    std::size_t read_size_ = 0;
    std::string_view writing_;  // what waits for room, or nothing
};

}  // namespace volant::api
