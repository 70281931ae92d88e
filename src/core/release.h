// The release that this build is.
#pragma once

#include <string_view>

namespace volant {

inline constexpr std::string_view kRelease = "0.1.0";

}  // namespace volant
