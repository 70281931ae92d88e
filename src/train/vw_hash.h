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

inline constexpr std::uint64_t kVwSeed = 0x2545f4914f6cdd1dull;

// Reads 16 bytes at `name` whatever the size: the buffer must be padded.
inline std::uint64_t vw_word(const char* name, std::size_t size, std::uint64_t seed) {
    if (size > 16) [[unlikely]]
        return hash64({name, size}, seed);
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), name, 16);
    const unsigned low_bits = size >= 8 ? 0 : 64 - 8 * static_cast<unsigned>(size);
    const unsigned high_bits = size <= 8 ? 64 : 128 - 8 * static_cast<unsigned>(size);
    // Two shifts, since a shift by 64 is none.
    const std::uint64_t low =
        words[0] & (~std::uint64_t{0} >> (low_bits / 2) >> (low_bits - low_bits / 2));
    const std::uint64_t high =
        words[1] & (~std::uint64_t{0} >> (high_bits / 2) >> (high_bits - high_bits / 2));
    const auto product = static_cast<VwProduct>(low ^ seed ^ 0x9e3779b97f4a7c15ull) *
                         (high ^ std::rotl(seed, 32) ^ 0xe7037ed1a0b428dbull ^ size);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

inline std::uint32_t vw_fold(std::uint64_t word) {
    return static_cast<std::uint32_t>(((word ^ word >> 32) * 0xd6e8feb86659fd93ull) >> 32);
}

}  // namespace volant::train
