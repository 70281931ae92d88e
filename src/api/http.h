// Request and Response: what handlers see of HTTP. Nothing here knows the network library.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace volant::api {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

std::string_view method_name(Method method);  // "GET"; kOther is "?"
Method method_from_name(std::string_view name);

// Where a connection comes from. IPv4 addresses are kept as IPv4-mapped IPv6 (RFC 4291 2.5.5.2).
struct Peer {
    std::array<std::uint8_t, 16> address{};
    std::uint16_t port = 0;

    bool is_loopback() const;  // 127.0.0.0/8 or ::1
    std::string text() const;  // "127.0.0.1", "2001:db8::1"
};

// Header fields in the order of arrival; one buffer holds all names and values. Views live until
// the next add().
class Headers {
  public:
    void add(std::string_view name, std::string_view value);
    // The first field of this name without regard to case, or "".
    std::string_view get(std::string_view name) const;
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::size_t size() const { return places_.size(); }
    std::size_t bytes() const { return text_.size(); }
    std::string_view name(std::size_t i) const { return name(places_[i]); }
    std::string_view value(std::size_t i) const { return value(places_[i]); }

  private:
    struct Place {
        std::uint32_t start;
        std::uint32_t name_bytes;
        std::uint32_t value_bytes;
    };
    const Place* find(std::string_view name) const;
    std::string_view name(const Place& p) const {
        return std::string_view(text_).substr(p.start, p.name_bytes);
    }
    std::string_view value(const Place& p) const {
        return std::string_view(text_).substr(p.start + p.name_bytes, p.value_bytes);
    }

    std::string text_;
    std::vector<Place> places_;
};

struct Request {
    Method method = Method::kGet;
    bool secure = false;      // came over TLS
    std::string target = {};  // as sent: path and query, percent-encoded
    Headers headers = {};
    std::string body = {};  // chunks joined; Content-Encoding not undone
    Peer peer = {};
    std::string other_method = {};  // the beginning of its name, where `method` is kOther
    bool in_process = false;  // made by a command on the workspace's own files: may do everything
};

struct Response {
    int status = 200;
    std::string body = {};
    std::string_view content_type = "application/json";  // a literal: never owned
    std::string headers = {};  // more header lines, each "Name: value\r\n"
    bool close = false;        // end the connection after this answer
};

// "OK" for 200, and so on; "" for a status that Volant never sends.
std::string_view status_reason(int status);

}  // namespace volant::api
