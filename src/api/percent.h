// Percent encoding (RFC 3986): ids may hold any byte, a slash too, so a path or query is decoded
// piece by piece, never as a whole.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace volant::api {

// Everything but unreserved characters becomes %XX; fit for one path segment or one query value.
std::string percent_encode(std::string_view text);

// In a query a `+` is a space; in a path it is itself.
enum class PlusRule { kLiteral, kSpace };

// Errors: kUsage for a `%` without two hexadecimal digits; kInvalidUtf8.
Result<std::string> percent_decode(std::string_view text, PlusRule plus = PlusRule::kLiteral);

}  // namespace volant::api
