// TlsSession: the transport of one connection with TLS. Private to api/net; included by server.cpp
// alone.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "api/net/loop.h"

namespace volant::api {

namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using Tls = ssl::stream<tcp::socket>;

class TlsSession final : public Session, public std::enable_shared_from_this<TlsSession> {
    // A completion: keeps the session alive, and says nothing once it is closed.
    template <class Work>
    auto on(Work work) {
        return [self = this->shared_from_this(), work](auto... results) {
            if (self->closed_) return;
            self->loop_.guarded(*self, [&] { work(results...); });
        };
    }

  public:
    TlsSession(Loop& loop, const Peer& peer, tcp::socket socket, ssl::context& context)
        : loop_(loop),
          stream_(std::move(socket), context),
          connection_(loop.lane(), *this, peer, true) {}

    Connection& connection() override { return connection_; }

    void start() override {
        error_code ignored;
        stream_.lowest_layer().set_option(tcp::no_delay(true), ignored);
        stream_.lowest_layer().non_blocking(true, ignored);
        stream_.async_handshake(ssl::stream_base::server, on([this](const error_code& ec) {
                                    ec ? connection_.close() : connection_.start();
                                }));
    }
    void read(char* at, std::size_t size) override {
        stream_.async_read_some(
            asio::buffer(at, size), on([this](const error_code& ec, std::size_t got) {
                if (!ec) return connection_.on_read(got);
                const bool end = ec == asio::error::eof || ec == ssl::error::stream_truncated;
                end ? connection_.on_read(0) : connection_.on_broken();
            }));
    }
    std::size_t write_now(std::string_view) override { return 0; }
    void write(std::string_view bytes) override {
        stream_.async_write_some(asio::buffer(bytes.data(), bytes.size()),
                                 on([this](const error_code& ec, std::size_t sent) {
                                     ec ? connection_.on_broken() : connection_.on_written(sent);
                                 }));
    }
    void finish_writing() override {
        stream_.async_shutdown(on([this](const error_code&) {
            error_code ignored;
            stream_.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
        }));
    }
    void close() override {
        if (std::exchange(closed_, true)) return;
        error_code ignored;
        stream_.lowest_layer().close(ignored);
        loop_.remove(*this);
    }
    std::shared_ptr<void> keep() override { return this->shared_from_this(); }

  private:
    Loop& loop_;
    Tls stream_;
    Connection connection_;
    bool closed_ = false;
};

}  // namespace volant::api
