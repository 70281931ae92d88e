// The grammar of JSON's scalars (RFC 8259) on one token, and how tokens are shown in messages.
// Shared by the parts of the reader; not for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace volant::json {

struct NumberText {
    bool valid = false;    // as JSON writes numbers
    bool integer = false;  // no fraction, no exponent
};
NumberText read_number_text(std::string_view token);

// A number of at most 18 digits without an exponent, as most are: read in one pass, and exact. Its
// digits as an integer and ten to the number of decimals are both doubles, so that one division
// rounds once (Clinger, "How to read floating point numbers accurately", 1990).
struct PlainNumber {
    enum Form { kOther, kInteger, kDecimal } form = kOther;  // kOther: read it another way
    std::int64_t integer = 0;
    double decimal = 0;
};

inline PlainNumber read_plain_number(std::string_view token) {
    static constexpr double kTens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
    constexpr std::uint64_t kExactMax = std::uint64_t{1} << 53;
    const bool negative = token.starts_with('-');
    const std::string_view text = token.substr(negative ? 1 : 0);
    if (text.empty() || text.size() > 19) return {};
    std::uint64_t digits = 0;  // wraps round where there are too many
    std::size_t i = 0;
    const auto take_digits = [&] {
        for (; i < text.size(); ++i) {
            const unsigned digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
            if (digit > 9) break;
            digits = digits * 10 + digit;
        }
    };
    take_digits();
    if (i == 0 || i > 18 || (text[0] == '0' && i > 1)) return {};
    if (i == text.size()) {
        const auto integer = static_cast<std::int64_t>(digits);
        return {PlainNumber::kInteger, negative ? -integer : integer, 0};
    }
    if (text[i++] != '.') return {};
    const std::size_t whole = i;
    take_digits();
    if (i != text.size() || i == whole || digits > kExactMax) return {};
    const double decimal = static_cast<double>(digits) / kTens[i - whole];
    return {PlainNumber::kDecimal, 0, negative ? -decimal : decimal};
}

enum class Escape { kGood, kBroken, kHalfPair };  // half of a surrogate pair: no UTF-8 can say it
// Writes what stands between a string's quotes without its escapes; never longer than it was. With
// `out` null it only checks. `out` ends behind what was written.
Escape unescape(const char* begin, const char* end, char*& out);

// null, true, false, a number, or a string whose escapes are right (half a pair included).
bool scalar_valid(std::string_view token);

// At most 40 bytes of it.
std::string shown(std::string_view token);
// What the writer of a token that is no JSON may have meant: NaN, None, 'x'.
std::string hint_for(std::string_view token);
// The shortest text that reads back the same.
std::string plain_number(double v);

}  // namespace volant::json
