// Reading objects by their declared Shape: what is asked of each field.
#include <algorithm>
#include <cmath>

#include "core/json_reader.h"
#include "core/json_token.h"
#include "core/nearest.h"

namespace volant::json {
namespace {

bool kind_takes(Kind kind, Type type, bool object) {
    switch (kind) {
        case Kind::kId:
            return type == Type::kString || type == Type::kInt;
        case Kind::kString:
            return type == Type::kString;
        case Kind::kTime:
            return type == Type::kString || type == Type::kInt || type == Type::kDouble;
        case Kind::kBool:
            return type == Type::kBool;
        case Kind::kInt:
            return type == Type::kInt;
        case Kind::kNumber:
            return type == Type::kInt || type == Type::kDouble;
        case Kind::kOutcome:
            return type == Type::kInt || type == Type::kDouble || type == Type::kBool ||
                   type == Type::kString;
        case Kind::kValues:
        case Kind::kObject:
            return object;
        case Kind::kArray:
            return type == Type::kList;
        case Kind::kValue:
        case Kind::kAny:
            return true;
    }
    return true;
}

bool stands_in(std::string_view value, std::string_view choices) {
    for (std::size_t from = 0; from <= choices.size();) {
        const std::size_t bar = std::min(choices.find('|', from), choices.size());
        if (choices.substr(from, bar - from) == value) return true;
        from = bar + 1;
    }
    return false;
}

std::string bounds_text(const Field& field) {
    if (std::isinf(field.max)) return "at least " + plain_number(field.min);
    if (std::isinf(field.min)) return "at most " + plain_number(field.max);
    return plain_number(field.min) + " to " + plain_number(field.max);
}

}  // namespace

std::string_view Item::expected_of(Kind kind) {
    switch (kind) {
        case Kind::kId:
            return "an id (a string of 1 to 256 bytes, or an integer)";
        case Kind::kString:
            return "a string";
        case Kind::kTime:
            return "a time (ISO 8601 with a zone, or a number)";
        case Kind::kBool:
            return "true or false";
        case Kind::kInt:
            return "an integer";
        case Kind::kNumber:
            return "a number";
        case Kind::kOutcome:
            return "a number, true, false or a string";
        case Kind::kValues:
        case Kind::kObject:
            return "an object";
        case Kind::kArray:
            return "a list";
        case Kind::kValue:
            return "a value";
        case Kind::kAny:
            return "a value";
    }
    return "a value";
}

Status Item::fits(Item item, const Field& field) {
    if (field.kind == Kind::kAny || field.kind == Kind::kValue) return {};
    if (!kind_takes(field.kind, item.type(), item.is_object()))
        return item.wrong_type(expected_of(field.kind));
    const bool number = field.kind == Kind::kInt || field.kind == Kind::kNumber;
    if (number && (!std::isinf(field.min) || !std::isinf(field.max))) {
        Item ahead = item;
        VOLANT_TRY(const double v, ahead.number());
        item.document_->next_ = item.start();
        if (!(v >= field.min && v <= field.max)) {
            return fail(Code::kOutOfRange,
                        "found " + shown(item.token()) + ", expected " + bounds_text(field));
        }
    }
    if (field.kind == Kind::kString && !std::isinf(field.max)) {
        Item ahead = item;
        VOLANT_TRY(const std::string_view v, ahead.string());
        item.document_->next_ = item.start();
        const std::size_t found = characters(v);
        if (static_cast<double>(found) > field.max) {
            return fail(Code::kOutOfRange, "found a string of " + std::to_string(found) +
                                               " characters, expected at most " +
                                               plain_number(field.max));
        }
    }
    if (!field.values.empty() && item.is_string()) {
        Item ahead = item;
        VOLANT_TRY(const std::string_view v, ahead.string());
        item.document_->next_ = item.start();
        if (!stands_in(v, field.values)) {
            std::string choices(field.values);
            std::replace(choices.begin(), choices.end(), '|', ' ');
            return fail(Code::kOutOfRange,
                        "found " + describe(Value(v)) + ", expected one of: " + choices);
        }
    }
    return {};
}

Error Item::unknown(const Shape& shape, std::string_view key) {
    std::vector<std::string_view> names;
    for (const Field& field : shape.fields) names.push_back(field.name);
    return fail(Code::kUnknownField, "unknown field " + describe(Value(key)), {},
                name_hint(key, names));
}

Error Item::missing(const Shape& shape, std::uint64_t seen) {
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        const Field& field = shape.fields[i];
        if (!field.required || (seen >> i & 1) != 0) continue;
        return at_key(
            fail(Code::kMissingField, "\"" + std::string(field.name) + "\" is missing, expected " +
                                          std::string(expected_of(field.kind))),
            field.name);
    }
    VOLANT_CHECK(false);
    return {};
}

}  // namespace volant::json
