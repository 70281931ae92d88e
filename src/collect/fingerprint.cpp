#include "collect/fingerprint.h"

#include <array>
#include <cstring>

#include "collect/event.h"

namespace volant::collect {
namespace {

constexpr std::size_t kRandomBytes = 12;
constexpr std::size_t kMacBytes = 6;
constexpr std::size_t kCharacters = 24;
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using IdBytes = std::array<unsigned char, kRandomBytes + kMacBytes>;
static_assert(std::tuple_size_v<IdBytes> * 4 == kCharacters * 3);

std::string to_text(const IdBytes& bytes) {
    std::string text(kCharacters, '\0');
    for (std::size_t i = 0, at = 0; i < bytes.size(); i += 3) {
        const std::uint32_t three = static_cast<std::uint32_t>(bytes[i]) << 16 |
                                    static_cast<std::uint32_t>(bytes[i + 1]) << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) text[at++] = kAlphabet[three >> shift & 63];
    }
    return text;
}

bool from_text(std::string_view text, IdBytes& bytes) {
    if (text.size() != kCharacters) return false;
    for (std::size_t i = 0, at = 0; i < kCharacters; i += 4) {
        std::uint32_t three = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const void* found = std::memchr(kAlphabet, text[i + k], 64);
            if (!found) return false;
            three = three << 6 |
                    static_cast<std::uint32_t>(static_cast<const char*>(found) - kAlphabet);
        }
        for (int shift = 16; shift >= 0; shift -= 8)
            bytes[at++] = static_cast<unsigned char>(three >> shift);
    }
    return true;
}

// Domain-separated from the fingerprints of given ids, which begin with their kind.
std::uint64_t mac_of(const secret::MacKey& key, const IdBytes& bytes) {
    std::array<char, 1 + kRandomBytes> message{};
    std::memcpy(message.data() + 1, bytes.data(), kRandomBytes);
    return secret::mac64(key, {message.data(), message.size()});
}

}  // namespace

Hash128 Fingerprints::of(IdKind kind, std::string_view id) const {
    std::array<char, 1 + kIdMax> message;
    VOLANT_CHECK(id.size() <= kIdMax);
    message[0] = static_cast<char>(kind);
    std::memcpy(message.data() + 1, id.data(), id.size());
    return secret::fingerprint(key_, {message.data(), 1 + id.size()});
}

std::string Fingerprints::generate_event_id(Random& random) const {
    IdBytes bytes;
    const std::uint64_t a = random.next();
    const std::uint64_t b = random.next();
    std::memcpy(bytes.data(), &a, 8);
    std::memcpy(bytes.data() + 8, &b, kRandomBytes - 8);
    const std::uint64_t mac = mac_of(key_, bytes);
    std::memcpy(bytes.data() + kRandomBytes, &mac, kMacBytes);
    return to_text(bytes);
}

bool Fingerprints::is_generated_event_id(std::string_view id) const {
    IdBytes bytes;
    if (!from_text(id, bytes)) return false;
    const std::uint64_t mac = mac_of(key_, bytes);
    return std::memcmp(bytes.data() + kRandomBytes, &mac, kMacBytes) == 0;
}

}  // namespace volant::collect
