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

}  // namespace volant::collect
