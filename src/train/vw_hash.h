// The hash of names in Vowpal Wabbit text, as Vowpal Wabbit has it (`--hash strings`, its default,
// with `--hash_seed 0`), so that the same lines and bits give the same weights there and here:
//
//     namespace   hash(name, 0), or 0 without a name
//     feature     hash(name, namespace)
//     unnamed     namespace + its place among the values without a name, from 0
//     product     product * 16777619 ^ factor for each factor after the first (FNV's prime)
//     constant    11650396
//
// where hash() leaves out bytes up to 0x20 at both ends, adds a name of digits alone to the seed as
// a number, and takes MurmurHash3_x86_32 (Austin Appleby, 2011) of any other. Fixed for ever:
// weights depend on it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace volant::train {

inline constexpr std::uint32_t kVwConstant = 11650396;

inline std::uint32_t vw_product(std::uint32_t product, std::uint32_t factor) {
    return product * 16777619u ^ factor;
}

// Reads up to 3 bytes past the end: the buffer must be padded.
inline std::uint32_t murmur3(const char* bytes, std::size_t size, std::uint32_t seed) {
    const auto word = [&](std::size_t at) {
        std::uint32_t four = 0;
        std::memcpy(&four, bytes + at, 4);
        return four;
    };
    const auto mixed = [](std::uint32_t k) { return std::rotl(k * 0xcc9e2d51u, 15) * 0x1b873593u; };
    std::uint32_t h = seed;
    std::size_t at = 0;
    for (; at + 4 <= size; at += 4) h = std::rotl(h ^ mixed(word(at)), 13) * 5 + 0xe6546b64u;
    // Without bytes left the mask is 0, and so is what is mixed in.
    h ^= mixed(word(at) & ((1u << 8 * (size & 3)) - 1));
    h ^= static_cast<std::uint32_t>(size);
    h = (h ^ h >> 16) * 0x85ebca6bu;
    h = (h ^ h >> 13) * 0xc2b2ae35u;
    return h ^ h >> 16;
}

// Of a name that may have blanks at its ends or be a number.
inline std::uint32_t vw_hash_of_any(const char* name, std::size_t size, std::uint32_t seed) {
    const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    for (; size > 0 && blank(*name); --size) ++name;
    while (size > 0 && blank(name[size - 1])) --size;
    std::uint32_t number = 0;  // the lower half of Vowpal Wabbit's, which wraps alike
    for (std::size_t i = 0; i < size; ++i) {
        const auto digit = static_cast<std::uint32_t>(static_cast<unsigned char>(name[i] - '0'));
        if (digit > 9) return murmur3(name, size, seed);
        number = 10 * number + digit;
    }
    return seed + number;
}

// size > 0. Reads up to 3 bytes past the end: the buffer must be padded.
inline std::uint32_t vw_hash(const char* name, std::size_t size, std::uint32_t seed) {
    // Neither digit nor blank: nearly all names.
    if (static_cast<unsigned char>(name[0]) > '9' &&
        static_cast<unsigned char>(name[size - 1]) > 0x20) [[likely]]
        return murmur3(name, size, seed);
    return vw_hash_of_any(name, size, seed);
}

}  // namespace volant::train
