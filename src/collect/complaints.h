// What this room says about a property that is not as it should be: the same words wherever it is
// met.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/value.h"

namespace volant::collect {

// "/properties/a~1b": a JSON pointer (RFC 6901).
std::string property_pointer(std::string_view name);

// `"ms" of "read"`; of an entity's attribute `attribute "title" of "book"`.
std::string property_label(std::string_view event, std::string_view entity, std::string_view name);

// kWrongType: `"ms" of "read" is declared int, found string "x"`. `how` is "declared" or "so far".
Error contradicts(std::string_view label, std::string_view how, std::string_view known,
                  const Value& found, std::string_view name);

// A name of an event, a property or a relation: 1 to kNameMax bytes, no control characters.
inline constexpr std::size_t kNameMax = 256;
bool is_name(std::string_view name);
// kOutOfRange, for what is_name() refuses. `what`: "an event's name".
Error bad_name(std::string_view name, std::string_view what, std::string field);

}  // namespace volant::collect
