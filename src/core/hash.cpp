#include "core/hash.h"

#include "core/hasher.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace volant {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(std::string_view bytes, std::uint64_t seed) {
    const XXH128_hash_t h = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    return {h.low64, h.high64};
}

struct Hasher64::State {
    XXH3_state_t xxh3;
};

Hasher64::Hasher64(std::uint64_t seed) : state_(std::make_unique<State>()) {
    XXH3_64bits_reset_withSeed(&state_->xxh3, seed);
}

Hasher64::~Hasher64() = default;

void Hasher64::add(std::string_view bytes) {
    XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

std::uint64_t Hasher64::digest() const {
    return XXH3_64bits_digest(&state_->xxh3);
}

}  // namespace volant
