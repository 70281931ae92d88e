#include "collect/fingerprint.h"

#include <array>
#include <cstring>

#include "collect/event.h"
#include "core/base64url.h"

namespace volant::collect {
namespace {

constexpr std::size_t kRandomBytes = 12;
constexpr std::size_t kMacBytes = 6;

using IdBytes = std::array<unsigned char, kRandomBytes + kMacBytes>;

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
    return to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool Fingerprints::is_generated_event_id(std::string_view id) const {
    IdBytes bytes;
    if (!from_base64url(id, bytes)) return false;
    const std::uint64_t mac = mac_of(key_, bytes);
    return std::memcmp(bytes.data() + kRandomBytes, &mac, kMacBytes) == 0;
}

}  // namespace volant::collect
