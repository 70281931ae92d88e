// base64url without padding (RFC 4648, section 5), for ids that stand in paths.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace volant {

std::string to_base64url(std::string_view bytes);

// Fills `bytes` whole. False, with any part of it written, unless `text` has the length that so
// many bytes take and every character is of the alphabet. Unused bits of the last character are not
// looked at: whoever needs one text for one value compares with to_base64url().
bool from_base64url(std::string_view text, std::span<unsigned char> bytes);

}  // namespace volant
