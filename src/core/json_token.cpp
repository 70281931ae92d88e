#include "core/json_token.h"

#include <charconv>
#include <cstdint>

#include "core/text.h"

namespace volant::json {
namespace {

const char* pass_digits(const char* p, const char* end) {
    while (p != end && is_digit(*p)) ++p;
    return p;
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The code unit of `XXXX`, or -1.
int hex_unit(const char* p, const char* end) {
    if (end - p < 4) return -1;
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(p[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

// What stands for `\c`, or 0 when nothing does (and for `u`).
char simple_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return 0;
    }
}

char* put_utf8(std::uint32_t point, char* out) {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6);
        put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    }
    return out;
}

// Reads `\uXXXX`, or a pair of them, at `p` (behind the `u`); `p` moves behind it.
Escape read_unicode(const char*& p, const char* end, std::uint32_t& point) {
    const int unit = hex_unit(p, end);
    if (unit < 0) return Escape::kBroken;
    p += 4;
    point = static_cast<std::uint32_t>(unit);
    if (unit < 0xd800 || unit > 0xdfff) return Escape::kGood;
    if (unit > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u') return Escape::kHalfPair;
    const int low = hex_unit(p + 2, end);
    if (low < 0) return Escape::kBroken;
    if (low < 0xdc00 || low > 0xdfff) return Escape::kHalfPair;
    p += 6;
    point = 0x10000 + ((point - 0xd800) << 10) + static_cast<std::uint32_t>(low - 0xdc00);
    return Escape::kGood;
}

bool escapes_valid(std::string_view inside) {
    char* nowhere = nullptr;
    return unescape(inside.data(), inside.data() + inside.size(), nowhere) != Escape::kBroken;
}

}  // namespace

NumberText read_number_text(std::string_view token) {
    const char* p = token.data();
    const char* const end = p + token.size();
    if (p != end && *p == '-') ++p;
    const char* const whole = p;
    p = pass_digits(p, end);
    if (p == whole || (*whole == '0' && p - whole > 1)) return {};
    bool integer = true;
    if (p != end && *p == '.') {
        integer = false;
        const char* const fraction = ++p;
        p = pass_digits(p, end);
        if (p == fraction) return {};
    }
    if (p != end && (*p == 'e' || *p == 'E')) {
        integer = false;
        if (++p != end && (*p == '+' || *p == '-')) ++p;
        const char* const exponent = p;
        p = pass_digits(p, end);
        if (p == exponent) return {};
    }
    return {p == end, integer};
}

Escape unescape(const char* p, const char* end, char*& out) {
    Escape worst = Escape::kGood;
    while (p != end) {
        if (*p != '\\') {
            if (out != nullptr) *out++ = *p;
            ++p;
            continue;
        }
        if (++p == end) return Escape::kBroken;
        const char c = *p++;
        if (c == 'u') {
            std::uint32_t point = 0;
            const Escape escape = read_unicode(p, end, point);
            if (escape == Escape::kBroken) return escape;
            if (escape == Escape::kHalfPair) worst = escape;
            if (out != nullptr && escape == Escape::kGood) out = put_utf8(point, out);
        } else {
            const char plain = simple_escape(c);
            if (plain == 0) return Escape::kBroken;
            if (out != nullptr) *out++ = plain;
        }
    }
    return worst;
}

bool scalar_valid(std::string_view token) {
    if (token == "null" || token == "true" || token == "false") return true;
    if (token.size() >= 2 && token.front() == '"' && token.back() == '"') {
        return escapes_valid(token.substr(1, token.size() - 2));
    }
    return read_number_text(token).valid;
}

std::string shown(std::string_view token) {
    constexpr std::size_t kShown = 40;
    if (token.size() <= kShown) return std::string(token);
    return std::string(utf8_prefix(token, kShown)) + "...";
}

std::string hint_for(std::string_view token) {
    if (!token.empty() && (token.front() == '-' || token.front() == '+')) token.remove_prefix(1);
    const bool not_a_number = token == "NaN" || token == "nan" || token == "NAN";
    const bool infinite = token == "Infinity" || token == "inf" || token == "Inf";
    if (not_a_number || infinite) {
        return "NaN and infinity are not JSON; send null for a missing value";
    }
    if (token == "None") return "JSON writes it null";
    if (token == "True" || token == "False") return "JSON writes it true or false";
    if (!token.empty() && token.front() == '\'') return "JSON strings stand in double quotes";
    return {};
}

std::string plain_number(double v) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

}  // namespace volant::json
