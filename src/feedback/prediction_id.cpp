#include "feedback/prediction_id.h"

#include <array>
#include <cstring>

namespace volant::feedback {
namespace {

constexpr std::size_t kBytes = 16;
constexpr std::size_t kCharacters = 22;
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Bytes = std::array<std::uint8_t, kBytes>;

Bytes pack(log::Lsn lsn, std::uint64_t mac) {
    Bytes bytes;
    std::memcpy(bytes.data(), &lsn, 8);
    std::memcpy(bytes.data() + 8, &mac, 8);
    return bytes;
}

std::string encode(const Bytes& bytes) {
    std::string text;
    text.reserve(kCharacters);
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8 | byte;
        for (held += 8; held >= 6; held -= 6) text.push_back(kAlphabet[bits >> (held - 6) & 63]);
    }
    text.push_back(kAlphabet[bits << (6 - held) & 63]);
    return text;
}

std::uint64_t mac_of(const secret::MacKey& key, log::Lsn lsn) {
    return secret::mac64(key, std::string_view(reinterpret_cast<const char*>(&lsn), sizeof lsn));
}

// The lsn that a text of the right length and alphabet claims; nothing is checked yet.
std::optional<log::Lsn> claimed_lsn(std::string_view id) {
    if (id.size() != kCharacters) return std::nullopt;
    std::uint64_t lsn = 0;
    std::uint32_t bits = 0;
    int held = 0, bytes = 0;
    for (const char c : id) {
        const void* found = std::memchr(kAlphabet, c, 64);
        if (c == '\0' || found == nullptr) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(static_cast<const char*>(found) - kAlphabet);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        if (bytes < 8) lsn |= std::uint64_t{bits >> held & 255} << (8 * bytes);
        ++bytes;
    }
    return lsn;
}

}  // namespace

std::string PredictionIds::make(log::Lsn lsn) const {
    return encode(pack(lsn, mac_of(key_, lsn)));
}

std::optional<log::Lsn> PredictionIds::read(std::string_view id) const {
    const auto lsn = claimed_lsn(id);
    if (!lsn || !secret::equal(make(*lsn), id)) return std::nullopt;
    return lsn;
}

}  // namespace volant::feedback
