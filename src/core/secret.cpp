#include "core/secret.h"

#include <sodium.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace volant::secret {
namespace {

void start() {
    static const int started = sodium_init();
    VOLANT_CHECK(started >= 0);
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string random_bytes(std::size_t count) {
    start();
    std::string out(count, '\0');
    randombytes_buf(out.data(), out.size());
    return out;
}

std::uint64_t mac64(const MacKey& key, std::string_view bytes) {
    static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<MacKey>);
    std::uint64_t mac;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&mac), bytes_of(bytes), bytes.size(),
                     key.data());
    return mac;
}

Hash128 fingerprint(const MacKey& key, std::string_view bytes) {
    MacKey second = key;
    for (std::uint8_t& byte : second) byte ^= 0x5c;
    return {mac64(key, bytes), mac64(second, bytes)};
}

bool equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string hex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kDigits[byte >> 4]);
        out.push_back(kDigits[byte & 15]);
    }
    return out;
}

std::string sha256_hex(std::string_view bytes) {
    std::string digest(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()), bytes_of(bytes),
                       bytes.size());
    return hex(digest);
}

static_assert(sizeof(crypto_hash_sha256_state) <= 128 && alignof(crypto_hash_sha256_state) <= 16);

Sha256::Sha256() {
    start();
    crypto_hash_sha256_init(reinterpret_cast<crypto_hash_sha256_state*>(state_.data()));
}

void Sha256::update(std::string_view bytes) {
    crypto_hash_sha256_update(reinterpret_cast<crypto_hash_sha256_state*>(state_.data()),
                              bytes_of(bytes), bytes.size());
}

std::string Sha256::hex() {
    std::string digest(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256_final(reinterpret_cast<crypto_hash_sha256_state*>(state_.data()),
                             reinterpret_cast<unsigned char*>(digest.data()));
    return secret::hex(digest);
}

Result<std::string> sha256_hex_of_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               &std::fclose);
    if (!file) return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
    constexpr std::size_t kPiece = 1u << 16;
    std::string piece(kPiece, '\0');
    Sha256 digest;
    while (const std::size_t size = std::fread(piece.data(), 1, kPiece, file.get())) {
        digest.update({piece.data(), size});
    }
    if (std::ferror(file.get()) != 0) {
        return fail(Code::kUnavailable, path + ": " + std::strerror(errno));
    }
    return digest.hex();
}

}  // namespace volant::secret
