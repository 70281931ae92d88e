// Small questions about texts.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace volant {

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool valid_utf8(std::string_view text);

// The size of the one UTF-8 sequence that `text` begins with; 0 if it begins with none.
std::size_t utf8_sequence(std::string_view text);

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
