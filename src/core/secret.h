// Keyed hashes, random bytes and digests, by libsodium (included in secret.cpp alone).
// Threads: any. start() runs by itself before first use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/result.h"

namespace volant::secret {

using MacKey = std::array<std::uint8_t, 16>;

// From the system's source; for keys and ids, never for decisions that must replay.
std::string random_bytes(std::size_t count);

// SipHash-2-4: a forger without the key is right once in 2^64.
std::uint64_t mac64(const MacKey& key, std::string_view bytes);
// SipHash of `bytes` under two keys drawn from `key`: equal fingerprints of different bytes cannot
// be made on purpose.
Hash128 fingerprint(const MacKey& key, std::string_view bytes);

// In time that does not depend on where they differ.
bool equal(std::string_view a, std::string_view b);

std::string sha256_hex(std::string_view bytes);
// SHA-256 of what comes piece by piece. Threads: one a digest.
class Sha256 {
  public:
    Sha256();
    void update(std::string_view bytes);
    std::string hex();  // once, at the end

  private:
    alignas(16) std::array<std::byte, 128> state_;
};
// Of a file's bytes as they lie on disk. Errors: kUnavailable.
Result<std::string> sha256_hex_of_file(const std::string& path);
std::string hex(std::string_view bytes);

}  // namespace volant::secret
