// The grammar of JSON's scalars (RFC 8259) on one token, and how tokens are shown in messages.
// Shared by the parts of the reader; not for others.
#pragma once

#include <string>
#include <string_view>

namespace volant::json {

struct NumberText {
    bool valid = false;    // as JSON writes numbers
    bool integer = false;  // no fraction, no exponent
};
NumberText read_number_text(std::string_view token);

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
