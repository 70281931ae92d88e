#include "api/http_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "core/text.h"

namespace volant::api {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kHeadBytesMax = 64u << 10;

int wait_ms(Micros timeout) {
    return static_cast<int>(std::clamp<Micros>(timeout / kMillisecond, 1, INT32_MAX));
}

// A non-blocking socket connected to `address`, or -1 with errno set.
int connect_to(const addrinfo& address, Micros timeout) {
    const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int error = 0;
    if (::connect(fd, address.ai_addr, address.ai_addrlen) != 0) {
        error = errno;
        if (error == EINPROGRESS) {
            pollfd ready{fd, POLLOUT, 0};
            error = ::poll(&ready, 1, wait_ms(timeout)) == 1 ? 0 : ETIMEDOUT;
            socklen_t size = sizeof error;
            if (error == 0) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    if (error == 0) return fd;
    ::close(fd);
    errno = error;
    return -1;
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

HttpClient::HttpClient(HttpClientOptions options) : options_(std::move(options)) {}

HttpClient::Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

void HttpClient::close() {
    socket_ = Socket();
    out_.clear();
    in_.clear();
    read_ = 0;
    outstanding_.clear();
    last_answer_ = false;
}

Error HttpClient::broken(std::string_view what) const {
    return fail(Code::kUnavailable,
                options_.host + ":" + std::to_string(options_.port) + ": " + std::string(what));
}

Status HttpClient::connect() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error =
        ::getaddrinfo(options_.host.c_str(), std::to_string(options_.port).c_str(), &hints, &found);
    if (error != 0) return broken(::gai_strerror(error));
    int why = ECONNREFUSED;
    for (const addrinfo* at = found; at != nullptr && !socket_.is_open(); at = at->ai_next) {
        socket_ = Socket(connect_to(*at, options_.timeout));
        if (!socket_.is_open()) why = errno;
    }
    ::freeaddrinfo(found);
    if (socket_.is_open()) return {};
    return broken(why == ECONNREFUSED ? "nothing listens here" : std::strerror(why));
}

// Has the server closed an idle connection? Asked before it is used again, so that a request is not
// lost on it.
bool HttpClient::peer_closed() const {
    char byte;
    const ssize_t got = ::recv(socket_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

Result<HttpAnswer> HttpClient::request(std::string_view method, std::string_view target,
                                       std::string_view body, std::span<const HttpField> headers) {
    VOLANT_CHECK(outstanding_.empty());
    queue(method, target, body, headers);
    return receive();
}

void HttpClient::queue(std::string_view method, std::string_view target, std::string_view body,
                       std::span<const HttpField> headers) {
    out_.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ");
    const bool v6 = options_.host.find(':') != std::string::npos;
    out_.append(v6 ? "[" + options_.host + "]" : options_.host);
    out_.append(":").append(std::to_string(options_.port)).append("\r\n");
    if (!options_.key.empty())
        out_.append("Authorization: Bearer ").append(options_.key).append("\r\n");
    bool typed = false;
    for (const auto& [name, value] : headers) {
        typed = typed || to_lower_ascii(name) == "content-type";
        out_.append(name).append(": ").append(value).append("\r\n");
    }
    if (!body.empty() && !typed) out_.append("Content-Type: application/json\r\n");
    if (!body.empty() || method == "POST" || method == "PUT") {
        out_.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    out_.append("\r\n").append(body);
    outstanding_.push_back(method == "HEAD");
}

Status HttpClient::flush() {
    const bool idle = read_ == in_.size();
    if (socket_.is_open() && idle && peer_closed()) socket_ = Socket();
    Status sent = socket_.is_open() ? Status{} : connect();
    if (sent.ok()) sent = send_all();
    if (!sent.ok()) close();
    return sent;
}

// Reads what arrives while it sends: a server that answers many pipelined requests must not come to
// a stop because nobody takes the answers.
Status HttpClient::send_all() {
    std::size_t sent = 0;
    while (sent < out_.size()) {
        const ssize_t now =
            ::send(socket_.fd(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
        if (now >= 0) {
            sent += static_cast<std::size_t>(now);
            continue;
        }
        if (errno == EINTR) continue;
        // A server may refuse a long request before all of it was sent: its answer is worth
        // reading.
        if (errno == EPIPE || errno == ECONNRESET) break;
        if (errno != EAGAIN && errno != EWOULDBLOCK) return broken(std::strerror(errno));
        pollfd ready{socket_.fd(), POLLIN | POLLOUT, 0};
        if (::poll(&ready, 1, wait_ms(options_.timeout)) == 0)
            return broken("not sent within the timeout");
        if ((ready.revents & POLLIN) != 0 && !read_more().ok()) break;
    }
    out_.clear();
    return {};
}

Status HttpClient::read_more() {
    if (read_ == in_.size()) {
        in_.clear();
        read_ = 0;
    } else if (read_ > kReadBytes) {
        in_.erase(0, read_);
        read_ = 0;
    }
    const std::size_t before = in_.size();
    in_.resize(before + kReadBytes);
    ssize_t got;
    for (;;) {
        got = ::recv(socket_.fd(), in_.data() + before, kReadBytes, 0);
        if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) break;
        pollfd ready{socket_.fd(), POLLIN, 0};
        if (::poll(&ready, 1, wait_ms(options_.timeout)) == 0) {
            in_.resize(before);
            return broken("no answer within the timeout");
        }
    }
    const int error = errno;
    in_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got == 0) return broken("the connection was closed before the answer was whole");
    if (got < 0) return broken(std::strerror(error));
    return {};
}

Result<HttpAnswer> HttpClient::receive() {
    if (!out_.empty()) VOLANT_OK(flush());
    if (outstanding_.empty()) return broken("the connection was closed before this answer");
    const bool head = outstanding_.front();
    outstanding_.pop_front();
    auto answer = read_answer(head);
    if (!answer.ok() || last_answer_) close();
    return answer;
}

Result<HttpAnswer> HttpClient::read_answer(bool head) {
    VOLANT_TRY(HttpAnswer answer, read_head());
    const bool empty = head || answer.status == 204 || answer.status == 304;
    if (empty) return answer;
    std::string body;
    VOLANT_TRY(const Go go, read_body(answer, [&](std::string_view bytes) {
                   body.append(bytes);
                   return body.size() <= options_.body_bytes_max;
               }));
    if (go == Go::kStopped) {
        return broken("the answer exceeds " + std::to_string(options_.body_bytes_max) + " bytes");
    }
    answer.body = std::move(body);
    return answer;
}

Result<std::string> HttpClient::read_line() {
    for (std::size_t looked = 0;;) {
        const std::size_t end = unread().find("\r\n", looked);
        if (end != std::string_view::npos) {
            std::string line(unread().substr(0, end));
            read_ += end + 2;
            return line;
        }
        if (unread().size() > kHeadBytesMax)
            return broken("the answer's head is too long to be HTTP");
        looked = unread().empty() ? 0 : unread().size() - 1;
        VOLANT_OK(read_more());
    }
}

Result<HttpAnswer> HttpClient::read_head() {
    for (;;) {
        VOLANT_TRY(const std::string line, read_line());
        HttpAnswer answer;
        const bool known = line.starts_with("HTTP/1.") && line.size() >= 12;
        if (!known ||
            std::from_chars(line.data() + 9, line.data() + 12, answer.status).ec != std::errc{}) {
            return broken("the answer is not HTTP/1.1: '" + line.substr(0, 40) + "'");
        }
        last_answer_ = line[7] == '0';
        for (;;) {
            VOLANT_TRY(const std::string field, read_line());
            if (field.empty()) break;
            const std::size_t colon = field.find(':');
            if (colon == std::string::npos) return broken("a header of the answer has no colon");
            answer.headers.emplace_back(to_lower_ascii(std::string_view(field).substr(0, colon)),
                                        trimmed(std::string_view(field).substr(colon + 1)));
        }
        if (to_lower_ascii(answer.header("connection")) == "close") last_answer_ = true;
        if (answer.status >= 200) return answer;  // 100 Continue is followed by the real one
    }
}

Result<HttpClient::Go> HttpClient::read_body(const HttpAnswer& answer, const OnBytes& on_bytes) {
    if (to_lower_ascii(answer.header("transfer-encoding")) == "chunked")
        return read_chunks(on_bytes);
    const std::string_view length = answer.header("content-length");
    if (length.empty()) return read_until_closed(on_bytes);
    std::size_t size = 0;
    const auto parsed = std::from_chars(length.data(), length.data() + length.size(), size);
    if (parsed.ec != std::errc{} || parsed.ptr != length.data() + length.size()) {
        return broken("Content-Length is '" + std::string(length) + "', expected a number");
    }
    return read_exactly(size, on_bytes);
}

Result<HttpClient::Go> HttpClient::read_until_closed(const OnBytes& on_bytes) {
    last_answer_ = true;
    do {
        if (!unread().empty() && !on_bytes(unread())) return Go::kStopped;
        read_ = in_.size();
    } while (read_more().ok());
    return Go::kOn;
}

Result<HttpClient::Go> HttpClient::read_exactly(std::size_t size, const OnBytes& on_bytes) {
    while (size > 0) {
        if (unread().empty()) VOLANT_OK(read_more());
        const std::string_view piece = unread().substr(0, size);
        size -= piece.size();
        if (!on_bytes(piece)) return Go::kStopped;
        read_ += piece.size();
    }
    return Go::kOn;
}

Result<HttpClient::Go> HttpClient::read_chunks(const OnBytes& on_bytes) {
    for (;;) {
        VOLANT_TRY(const std::string line, read_line());
        std::size_t size = 0;
        if (std::from_chars(line.data(), line.data() + line.size(), size, 16).ec != std::errc{}) {
            return broken("a chunk's size is '" + line.substr(0, 40) +
                          "', expected hexadecimal digits");
        }
        VOLANT_TRY(const Go go, read_exactly(size, on_bytes));
        if (go == Go::kStopped) return go;
        VOLANT_TRY(std::string end, read_line());
        if (size > 0 && !end.empty()) return broken("a chunk does not end where its size says");
        while (!end.empty()) {  // trailer fields after the last chunk
            VOLANT_TRY(end, read_line());
        }
        if (size == 0) return Go::kOn;
    }
}

Result<HttpAnswer> HttpClient::stream(std::string_view target, const OnBytes& on_bytes) {
    VOLANT_CHECK(outstanding_.empty());
    queue("GET", target);
    VOLANT_OK(flush());
    outstanding_.clear();
    auto answer = read_head();
    Result<Go> read = Go::kStopped;
    if (answer.ok()) {
        read = read_body(*answer, [&](std::string_view bytes) {
            if (answer->status < 400) return on_bytes(bytes);
            answer->body.append(bytes);
            return answer->body.size() <= options_.body_bytes_max;
        });
        if (!read.ok()) answer = Result<HttpAnswer>(read.error());
    }
    if (!answer.ok() || last_answer_ || *read == Go::kStopped) close();
    return answer;
}

}  // namespace volant::api
