// SessionOver<Stream>: the transport of one connection over a TCP socket, plain or TLS. Private to
// api/net.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "api/net/loop.h"

namespace volant::api {

namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using Tls = ssl::stream<tcp::socket>;

template <class Stream>
class SessionOver final : public Session, public std::enable_shared_from_this<SessionOver<Stream>> {
    static constexpr bool kTls = std::is_same_v<Stream, Tls>;

  public:
    template <class... StreamArguments>
    SessionOver(Loop& loop, const Peer& peer, StreamArguments&&... arguments)
        : loop_(loop),
          stream_(std::forward<StreamArguments>(arguments)...),
          connection_(loop.lane(), *this, peer, kTls) {}

    Connection& connection() override { return connection_; }

    void start() override {
        error_code ignored;
        stream_.lowest_layer().set_option(tcp::no_delay(true), ignored);
        stream_.lowest_layer().non_blocking(true, ignored);
        if constexpr (kTls) {
            stream_.async_handshake(ssl::stream_base::server, on([this](const error_code& ec) {
                                        ec ? connection_.close() : connection_.start();
                                    }));
        } else {
            connection_.start();
        }
    }
    void read(char* at, std::size_t size) override {
        stream_.async_read_some(
            asio::buffer(at, size), on([this](const error_code& ec, std::size_t got) {
                if (!ec) return connection_.on_read(got);
                const bool end = ec == asio::error::eof || ec == ssl::error::stream_truncated;
                end ? connection_.on_read(0) : connection_.on_broken();
            }));
    }
    std::size_t write_now(std::string_view bytes) override {
        if constexpr (kTls) return 0;
        error_code ec;
        const std::size_t sent = stream_.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
        return ec ? 0 : sent;
    }
    void write(std::string_view bytes) override {
        stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                                 on([this](const error_code& ec, std::size_t sent) {
                                     ec ? connection_.on_broken() : connection_.on_written(sent);
                                 }));
    }
    void finish_writing() override {
        if constexpr (kTls) {
            stream_.async_shutdown(on([this](const error_code&) { shut_down(); }));
        } else {
            shut_down();
        }
    }
    void close() override {
        if (std::exchange(closed_, true)) return;
        error_code ignored;
        stream_.lowest_layer().close(ignored);
        loop_.remove(*this);
    }
    std::shared_ptr<void> keep() override { return this->shared_from_this(); }

  private:
    // A completion: keeps the session alive, and says nothing once it is closed.
    template <class Work>
    auto on(Work work) {
        return [self = this->shared_from_this(), work](auto... results) {
            if (self->closed_) return;
            self->loop_.guarded(*self, [&] { work(results...); });
        };
    }
    void shut_down() {
        error_code ignored;
        stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    }

    Loop& loop_;
    Stream stream_;
    Connection connection_;
    bool closed_ = false;
};

}  // namespace volant::api
