#include "api/net/server.h"

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <thread>

#include "api/error_answer.h"
#include "api/net/plain_session.h"
#include "api/net/tls_session.h"

namespace volant::api {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Micros kAcceptPause = 100 * kMillisecond;  // after a failed accept: out of descriptors

Peer peer_of(const tcp::socket& socket, error_code& ec) {
    Peer peer;
    const auto endpoint = socket.remote_endpoint(ec);
    if (ec) return peer;
    const auto address = endpoint.address();
    peer.address = address.is_v6()
                       ? address.to_v6().to_bytes()
                       : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
    peer.port = endpoint.port();
    return peer;
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                  unsigned in_size, void*) {
    static constexpr unsigned char kHttp11[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

Result<std::unique_ptr<ssl::context>> make_tls(const ServerOptions& options) {
    auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_http11, nullptr);
    error_code ec;
    context->use_certificate_chain_file(options.certificate_file, ec);
    if (ec) {
        return fail(Code::kUnavailable,
                    "certificate file " + options.certificate_file + ": " + ec.message());
    }
    context->use_private_key_file(options.key_file, ssl::context::pem, ec);
    if (ec) return fail(Code::kUnavailable, "key file " + options.key_file + ": " + ec.message());
    return context;
}

Result<tcp::acceptor> listen_on(asio::io_context& loop, const ServerOptions& options) {
    const std::string place = options.listen + ":" + std::to_string(options.port);
    error_code ec;
    const auto address = asio::ip::make_address(options.listen, ec);
    if (ec)
        return fail(Code::kUsage,
                    "cannot listen on '" + options.listen + "', expected an IP address");
    tcp::acceptor acceptor(loop);
    const tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    if (!ec) return acceptor;
    const std::string hint = ec == asio::error::address_in_use
                                 ? "another program listens there; stop it or choose another --port"
                                 : "";
    return fail(Code::kUnavailable, "cannot listen on " + place + ": " + ec.message(), {}, hint);
}

// Says so and closes; a new connection's first bytes always fit into the socket's buffer.
void refuse_connection(tcp::socket socket) {
    const Response answer = error_answer(fail(Code::kOverloaded, "too many connections"));
    const std::string text =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: " +
        std::to_string(answer.body.size()) + "\r\n" + answer.headers + "\r\n" + answer.body;
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

int network_threads(int wanted) {
    if (wanted > 0) return wanted;
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency() / 2));
}

struct Server::State {
    explicit State(ServerOptions server_options)
        : options(std::move(server_options)),
          bodies(std::make_shared<BodyBytes>(options.bodies_bytes_max)) {}

    void accept();
    void deal(tcp::socket socket, Loop& loop);
    std::size_t connections_open() const;

    const ServerOptions options;
    const std::shared_ptr<BodyBytes> bodies;
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};
    std::unique_ptr<ssl::context> tls;
    std::vector<std::unique_ptr<Loop>> loops;
    std::optional<tcp::acceptor> acceptor;    // on the first loop
    std::optional<asio::steady_timer> pause;  // likewise
    std::uint16_t port = 0;
    bool stopped = false;
};

std::size_t Server::State::connections_open() const {
    std::size_t all = 0;
    for (const auto& loop : loops)
        all += loop->lane().connections_open.load(std::memory_order_relaxed);
    return all;
}

// Accepts on the first loop; each connection goes to the loop that has the fewest.
void Server::State::accept() {
    Loop* least = loops.front().get();
    for (const auto& loop : loops) {
        if (loop->lane().connections_open < least->lane().connections_open) least = loop.get();
    }
    acceptor->async_accept(least->context(),
                           [this, least](const error_code& ec, tcp::socket socket) {
                               if (!acceptor->is_open()) return;
                               if (!ec) {
                                   deal(std::move(socket), *least);
                                   return accept();
                               }
                               pause->expires_after(after(kAcceptPause));
                               pause->async_wait([this](const error_code& stopped_ec) {
                                   if (!stopped_ec) accept();
                               });
                           });
}

void Server::State::deal(tcp::socket socket, Loop& loop) {
    error_code ec;
    const Peer peer = peer_of(socket, ec);
    if (ec) return;
    accepted.fetch_add(1, std::memory_order_relaxed);
    if (connections_open() >= options.connections_max) {
        refused.fetch_add(1, std::memory_order_relaxed);
        return refuse_connection(std::move(socket));
    }
    asio::post(loop.context(), [this, &loop, peer, socket = std::move(socket)]() mutable {
        if (tls) {
            loop.add(std::make_shared<TlsSession>(loop, peer, std::move(socket), *tls));
        } else {
            error_code failed;
            socket.native_non_blocking(true, failed);
            const int plain = failed ? -1 : socket.release(failed);
            if (!failed) loop.add(std::make_shared<PlainSession>(loop, peer, plain));
        }
    });
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
    stop(0);
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler,
                                              const Clock& clock) {
    auto state = std::make_unique<State>(std::move(options));
    if (!state->options.certificate_file.empty()) {
        VOLANT_TRY(state->tls, make_tls(state->options));
    }
    for (int i = 0; i < network_threads(state->options.threads); ++i) {
        state->loops.push_back(
            std::make_unique<Loop>(state->options, handler, clock, state->bodies));
    }
    asio::io_context& first = state->loops.front()->context();
    VOLANT_TRY(auto acceptor, listen_on(first, state->options));
    state->port = acceptor.local_endpoint().port();
    state->acceptor.emplace(std::move(acceptor));
    state->pause.emplace(first);
    state->accept();
    int number = 0;
    for (const auto& loop : state->loops) loop->start(number++);
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

std::uint16_t Server::port() const {
    return state_->port;
}

ServerFigures Server::figures() const {
    ServerFigures figures;
    figures.connections_open = state_->connections_open();
    figures.connections_accepted = state_->accepted;
    figures.connections_refused = state_->refused;
    for (const auto& loop : state_->loops) {
        figures.requests += loop->lane().requests;
        figures.requests_refused += loop->lane().requests_refused;
        figures.faults += loop->lane().faults;
    }
    return figures;
}

void Server::stop(Micros grace) {
    if (std::exchange(state_->stopped, true)) return;
    asio::post(state_->loops.front()->context(), [state = state_.get()] {
        error_code ignored;
        state->acceptor->close(ignored);
        state->pause->cancel();
    });
    for (const auto& loop : state_->loops) loop->stop(grace);
    for (const auto& loop : state_->loops) loop->join();
}

}  // namespace volant::api
