// What a file is that is no text at all, by its first bytes: said in a refusal.
#pragma once

#include <optional>
#include <string_view>

namespace volant::collect {

// "a zip archive (an Excel workbook?)"; nothing when `head` may begin a text in an encoding without
// zero bytes.
std::optional<std::string_view> binary_kind(std::string_view head);

}  // namespace volant::collect
