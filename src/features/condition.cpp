#include "features/condition.h"

#include <algorithm>
#include <compare>
#include <string>

#include "core/bytes.h"

namespace volant::features {
namespace {

using Test = spec::Condition::Test;

std::partial_ordering compare(const Datum& datum, const Value& value) {
    if (datum.is_number() && value.has_number()) {
        const auto* integer = std::get_if<std::int64_t>(&value.data);
        if (integer != nullptr && datum.type == Type::kInt) return datum.integer <=> *integer;
        return datum.number <=> value.number();
    }
    if (datum.type == Type::kString && value.string() != nullptr) {
        return datum.text <=> std::string_view(*value.string());
    }
    if (datum.type == value.type() && Cursor(datum.encoded).value() == value) {
        return std::partial_ordering::equivalent;
    }
    return std::partial_ordering::unordered;
}

}  // namespace

bool passes(const spec::Condition& condition, const Datum& datum) {
    if (datum.type == Type::kNull || condition.values.empty()) return false;
    if (condition.test == Test::kIn) {
        return std::any_of(condition.values.begin(), condition.values.end(),
                           [&](const Value& value) { return compare(datum, value) == 0; });
    }
    const std::partial_ordering order = compare(datum, condition.values[0]);
    switch (condition.test) {
        case Test::kEq:
            return order == 0;
        case Test::kNe:
            return order != 0;
        case Test::kLt:
            return order < 0;
        case Test::kLe:
            return order <= 0;
        case Test::kGt:
            return order > 0;
        case Test::kGe:
            return order >= 0;
        case Test::kIn:
            break;
    }
    return false;
}

}  // namespace volant::features
