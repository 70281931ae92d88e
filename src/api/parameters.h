// Parameters of a path or a query: texts that a Field declares.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/shape.h"
#include "core/time.h"

namespace volant::api {

inline constexpr std::size_t kParametersMax = 100;

// Does `text` read as `field` says (kind, bounds, `values`)? The error's field is "/" and the name.
Status check_text(const Field& field, std::string_view text, const ZoneRule& zone = {});

// A bound in the fewest digits that say it: "0.5", "1000".
std::string bound_text(double bound);

using Parameters = std::vector<std::pair<std::string, std::string>>;

// Decodes and checks `a=b&c=d`. Errors: kUnknownField with the nearest known name (unless `open`),
// kDuplicateKey, kMissingField, what check_text() says, kUsage, kInvalidUtf8.
Result<Parameters> parse_query(std::string_view query, std::span<const Field> known, bool open,
                               const ZoneRule& zone = {});

// A time as it stands in a header or query: ISO 8601, or a number.
Result<Micros> time_from_text(std::string_view text, const ZoneRule& zone = {});

}  // namespace volant::api
