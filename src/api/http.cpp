#include "api/http.h"

#include <arpa/inet.h>

#include <algorithm>

#include "core/text.h"

namespace volant::api {
namespace {

constexpr std::string_view kMethodNames[] = {"GET",   "HEAD",   "POST",    "PUT",
                                             "PATCH", "DELETE", "OPTIONS", "?"};

// Of one request: one piece of memory is enough for most.
constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualBytes = 512;

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const std::array<std::uint8_t, 16>& address) {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

}  // namespace

std::string_view method_name(Method method) {
    return kMethodNames[static_cast<int>(method)];
}

Method method_from_name(std::string_view name) {
    for (int i = 0; i < static_cast<int>(Method::kOther); ++i) {
        if (kMethodNames[i] == name) return static_cast<Method>(i);
    }
    return Method::kOther;
}

bool Peer::is_loopback() const {
    if (is_mapped(address)) return address[12] == 127;
    return std::all_of(address.begin(), address.end() - 1, [](auto byte) { return byte == 0; }) &&
           address[15] == 1;
}

std::string Peer::text() const {
    char out[INET6_ADDRSTRLEN];
    const bool v4 = is_mapped(address);
    const void* bytes = v4 ? address.data() + kMappedPrefix.size() : address.data();
    return ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes, out, sizeof out);
}

void Headers::add(std::string_view name, std::string_view value) {
    if (places_.empty()) {
        places_.reserve(kUsualFields);
        text_.reserve(kUsualBytes);
    }
    places_.push_back({static_cast<std::uint32_t>(text_.size()),
                       static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.size())});
    text_.append(name).append(value);
}

const Headers::Place* Headers::find(std::string_view name) const {
    for (const Place& place : places_) {
        if (place.name_bytes == name.size() && equal_ignoring_case(this->name(place), name))
            return &place;
    }
    return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
    const Place* place = find(name);
    return place == nullptr ? std::string_view{} : value(*place);
}

std::string_view status_reason(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "";
    }
}

}  // namespace volant::api
