// XXH3 with fixed seeds: stored hashes must not change between runs, builds or machines.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace volant {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Hash128&) const = default;
    auto operator<=>(const Hash128&) const = default;
};
Hash128 hash128(std::string_view bytes, std::uint64_t seed = 0);

// Mixes two hashes into one, in order (a bijection of each for the other fixed; splitmix64 finish).
inline std::uint64_t hash_mix(std::uint64_t a, std::uint64_t b) {
    std::uint64_t x = a ^ (b + 0x9e3779b97f4a7c15ull + (a << 6) + (a >> 2));
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

// For unordered containers of strings, with transparent lookup by view.
struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view v) const { return hash64(v); }
};

}  // namespace volant
