// The hash of feature names in Vowpal Wabbit text: fixed for ever, stored weights depend on it.
//
// Names of up to 16 bytes, nearly all there are, take one multiplication:
//     lo, hi   the name's bytes as two little-endian words, zero padded
//     product  (lo ^ seed ^ 0x9e3779b97f4a7c15) * (hi ^ rotl(seed, 32) ^ 0xe7037ed1a0b428db ^
//     length), 128 bits word     upper half ^ lower half of the product hash     upper 32 bits of
//     (word ^ word >> 32) * 0xd6e8feb86659fd93
// Longer names: XXH3 with the seed, its halves xored. A namespace's seed is the full `word` of its
// name.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/hash.h"

namespace volant::train {

__extension__ typedef unsigned __int128 VwProduct;

inline constexpr std::uint64_t kVwNamespaceSeed = 0x2545f4914f6cdd1dull;

// Which bits of the two words belong to a name of each size.
struct VwMask {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};
inline constexpr std::array<VwMask, 17> kVwMasks = [] {
    std::array<VwMask, 17> masks;
    for (unsigned size = 1; size <= 16; ++size) {
        masks[size].low = size < 8 ? (std::uint64_t{1} << 8 * size) - 1 : ~std::uint64_t{0};
        if (size > 8)
            masks[size].high =
                size < 16 ? (std::uint64_t{1} << 8 * (size - 8)) - 1 : ~std::uint64_t{0};
    }
    return masks;
}();

// A seed with the constants of both words mixed in.
struct VwSeed {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::uint64_t plain = 0;

    VwSeed() = default;
    explicit VwSeed(std::uint64_t seed)
        : low(seed ^ 0x9e3779b97f4a7c15ull),
          high(std::rotl(seed, 32) ^ 0xe7037ed1a0b428dbull),
          plain(seed) {}
};

// Reads 16 bytes at `name` whatever the size: the buffer must be padded.
inline std::uint64_t vw_word(const char* name, std::size_t size, const VwSeed& seed) {
    if (size > 16) [[unlikely]]
        return hash64({name, size}, seed.plain);
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), name, 16);
    const std::uint64_t low = words[0] & kVwMasks[size].low;
    const std::uint64_t high = words[1] & kVwMasks[size].high;
    const auto product = static_cast<VwProduct>(low ^ seed.low) * (high ^ seed.high ^ size);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint32_t vw_fold(std::uint64_t word) {
    return static_cast<std::uint32_t>(((word ^ word >> 32) * 0xd6e8feb86659fd93ull) >> 32);
}

}  // namespace volant::train
