// Scopes: what a key may do. `admin` may do everything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace volant::protect {

// Bits; stored in key records: append only.
enum class Scope : std::uint8_t {
    kNone = 0,    // a route that needs no key: /healthz, /readyz
    kIngest = 1,  // events, feedback
    kPredict = 2,
    kRead = 4,
    kAdmin = 8,
};

using Scopes = std::uint8_t;  // a sum of bits

inline constexpr Scopes kAllScopes = 15;

constexpr bool allows(Scopes scopes, Scope needed) {
    constexpr auto kAdminBit = static_cast<Scopes>(Scope::kAdmin);
    const auto bit = static_cast<Scopes>(needed);
    return (scopes & bit) == bit || (scopes & kAdminBit) != 0;
}

std::string_view scope_name(Scope scope);  // "ingest"; "none"
std::string scopes_text(Scopes scopes);    // "ingest,predict"
Result<Scopes> parse_scopes(
    std::string_view text);  // names with commas; kOutOfRange names the known ones

}  // namespace volant::protect
