// Small questions about texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace volant {

// a == b, without a call for up to 16 bytes, which most names have.
inline bool same_text(std::string_view a, std::string_view b) {
    const std::size_t size = a.size();
    if (size != b.size()) return false;
    const auto same_words = [&]<class Word>(Word) {  // the first and the last, which may overlap
        Word a1, a2, b1, b2;
        std::memcpy(&a1, a.data(), sizeof(Word));
        std::memcpy(&b1, b.data(), sizeof(Word));
        std::memcpy(&a2, a.data() + size - sizeof(Word), sizeof(Word));
        std::memcpy(&b2, b.data() + size - sizeof(Word), sizeof(Word));
        return ((a1 ^ b1) | (a2 ^ b2)) == 0;
    };
    if (size > 16) return std::memcmp(a.data(), b.data(), size) == 0;
    if (size >= 8) return same_words(std::uint64_t{});
    if (size >= 4) return same_words(std::uint32_t{});
    if (size >= 2) return same_words(std::uint16_t{});
    return size == 0 || a[0] == b[0];
}

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool valid_utf8(std::string_view text);

// The size of the one UTF-8 sequence that `text` begins with; 0 if it begins with none.
std::size_t utf8_sequence(std::string_view text);

// How many characters (code points) valid UTF-8 has.
std::size_t characters(std::string_view text);

// At most `bytes` bytes of `text`, cut between characters.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

// ASCII letters alone are folded; other bytes are compared as they are.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string to_lower_ascii(std::string_view text);

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Without the white space (space, tab, CR, LF) at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace volant
