#include "core/base64url.h"

#include <cstdint>
#include <cstring>

namespace volant {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kLetters = 64;

constexpr std::size_t characters_of(std::size_t bytes) {
    return (bytes * 4 + 2) / 3;
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
    std::string text;
    text.reserve(characters_of(bytes.size()));
    std::uint32_t bits = 0;
    int held = 0;
    for (const char byte : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(byte);
        for (held += 8; held >= 6; held -= 6) text.push_back(kAlphabet[bits >> (held - 6) & 63]);
    }
    if (held > 0) text.push_back(kAlphabet[bits << (6 - held) & 63]);
    return text;
}

bool from_base64url(std::string_view text, std::span<unsigned char> bytes) {
    if (text.size() != characters_of(bytes.size())) return false;
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t at = 0;
    for (const char c : text) {
        const void* found = std::memchr(kAlphabet, c, kLetters);
        if (found == nullptr) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(static_cast<const char*>(found) - kAlphabet);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes[at++] = static_cast<unsigned char>(bits >> held);
    }
    return true;
}

}  // namespace volant
