// RawClient: bytes to a server and back, for tests of the protocol. Waits at most ten seconds for
// anything, so that a test that would hang fails instead.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace volant::api {

struct RawAnswer {
    int status = 0;
    std::string head;
    std::string body;
    bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval limit{10, 0};
        const int on = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        VOLANT_CHECK(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    void finish_writing() { ::shutdown(fd_, SHUT_WR); }
    int fd() const { return fd_; }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    // nullopt when the connection ends first. Reads Content-Length and chunked bodies.
    std::optional<RawAnswer> answer(bool head_only = false) {
        RawAnswer answer;
        if (!read_until("\r\n\r\n", answer.head)) return std::nullopt;
        std::from_chars(answer.head.data() + 9, answer.head.data() + 12, answer.status);
        if (head_only || answer.status < 200 || answer.status == 204) return answer;
        if (answer.has("Transfer-Encoding: chunked")) {
            while (auto piece = chunk()) {
                if (piece->empty()) return answer;
                answer.body += *piece;
            }
            return std::nullopt;
        }
        const std::size_t at = answer.head.find("Content-Length: ");
        if (at == std::string::npos) {
            answer.body = rest();
            return answer;
        }
        std::size_t size = 0;
        std::from_chars(answer.head.data() + at + 16, answer.head.data() + answer.head.size(),
                        size);
        if (!read_bytes(size, answer.body)) return std::nullopt;
        return answer;
    }
    // One chunk of a chunked body; empty for the last.
    std::optional<std::string> chunk() {
        std::string line;
        std::string bytes;
        std::size_t size = 0;
        if (!read_until("\r\n", line)) return std::nullopt;
        std::from_chars(line.data(), line.data() + line.size(), size, 16);
        if (!read_bytes(size + 2, bytes)) return std::nullopt;
        bytes.resize(size);
        return bytes;
    }
    // The head alone.
    std::string head() {
        std::string text;
        read_until("\r\n\r\n", text);
        return text;
    }
    // Everything until the server closes.
    std::string rest() {
        while (more()) {
        }
        return std::exchange(in_, {});
    }
    // Has the server closed, after nothing more?
    bool closed() { return in_.empty() && !more(); }

  private:
    bool more() {
        char buffer[65536];
        const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        in_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    bool read_until(std::string_view mark, std::string& out) {
        std::size_t at;
        while ((at = in_.find(mark)) == std::string::npos) {
            if (!more()) return false;
        }
        out = in_.substr(0, at + mark.size());
        in_.erase(0, at + mark.size());
        return true;
    }
    bool read_bytes(std::size_t size, std::string& out) {
        while (in_.size() < size) {
            if (!more()) return false;
        }
        out = in_.substr(0, size);
        in_.erase(0, size);
        return true;
    }

    int fd_;
    std::string in_;
};

}  // namespace volant::api
