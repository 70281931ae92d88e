#include "collect/declared_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/complaints.h"
#include "core/nearest.h"

namespace volant::collect {
namespace {

// True if the value was given another type.
Result<bool> conform(const spec::Spec& spec, std::string_view label,
                     const spec::FieldDecl& declared, Value& value) {
    const Type wanted = spec::stored_type(declared.type);
    const Type found = value.type();
    if (wanted == Type::kNull || found == Type::kNull || found == wanted) return false;
    if (wanted == Type::kDouble && found == Type::kInt) {
        value = static_cast<double>(std::get<std::int64_t>(value.data));
        return true;
    }
    if (wanted == Type::kTime &&
        (found == Type::kString || found == Type::kInt || found == Type::kDouble)) {
        Result<Micros> time = found == Type::kString ? parse_time(*value.string(), spec.zone)
                              : found == Type::kInt
                                  ? time_from_number(std::get<std::int64_t>(value.data))
                                  : time_from_number(std::get<double>(value.data));
        if (!time) {
            time.error().field = property_pointer(declared.name);
            return std::move(time).error();
        }
        value = Time{*time};
        return true;
    }
    return contradicts(label, "declared", spec::field_type_name(declared.type), value,
                       declared.name);
}

Error undeclared(std::string_view label, std::string_view name,
                 const std::vector<spec::FieldDecl>& fields) {
    std::vector<std::string_view> known;
    for (const spec::FieldDecl& field : fields) known.push_back(field.name);
    return fail(Code::kUnknownField,
                fmt::format("{} is not declared, and the event is $strict", label),
                property_pointer(name), name_hint(name, known));
}

}  // namespace

Status check_declared(const spec::Spec& spec, EventView& event, std::string_view entity,
                      const std::vector<spec::FieldDecl>& declared, bool strict, MadeValues& made) {
    for (Property& property : event.properties) {
        const auto field = std::ranges::find(declared, property.name, &spec::FieldDecl::name);
        if (field == declared.end()) {
            if (strict)
                return undeclared(property_label(event.type, entity, property.name), property.name,
                                  declared);
            continue;
        }
        if (property.type() == spec::stored_type(field->type)) continue;
        Value value = property.value();
        const std::string label = property_label(event.type, entity, property.name);
        VOLANT_TRY(const bool changed, conform(spec, label, *field, value));
        if (changed) property.encoded = made.add(value);
    }
    return {};
}

}  // namespace volant::collect
