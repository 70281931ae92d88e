#include "core/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace volant {
namespace {

char folded(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool continues(unsigned char c) {
    return (c & 0xc0) == 0x80;
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) -> unsigned char {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const unsigned char lead = byte(0);
    if (text.empty()) return 0;
    if (lead < 0x80) return 1;
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const unsigned char second = byte(1);
    if (!continues(second)) return 0;
    if (lead < 0xe0) return 2;
    if (!continues(byte(2))) return 0;
    if (lead < 0xf0) {
        const bool overlong = lead == 0xe0 && second < 0xa0;
        const bool surrogate = lead == 0xed && second >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (!continues(byte(3))) return 0;
    const bool overlong = lead == 0xf0 && second < 0x90;
    const bool beyond = lead == 0xf4 && second >= 0x90;
    return overlong || beyond ? 0 : 4;
}

bool valid_utf8(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
        if (text.size() - i >= 8) {  // eight ASCII bytes at a time
            std::uint64_t word;
            std::memcpy(&word, text.data() + i, 8);
            if ((word & 0x8080808080808080u) == 0) {
                i += 8;
                continue;
            }
        }
        const std::size_t size = utf8_sequence(text.substr(i));
        if (size == 0) return false;
        i += size;
    }
    return true;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return !continues(static_cast<unsigned char>(c));
    }));
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && continues(static_cast<unsigned char>(text[bytes]))) --bytes;
    return text.substr(0, bytes);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (folded(a[i]) != folded(b[i])) return false;
    }
    return true;
}

std::string to_lower_ascii(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = folded(c);
    return lower;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace volant
