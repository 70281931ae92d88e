#include "collect/declared_types.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/complaints.h"
#include "core/nearest.h"

namespace volant::collect {
namespace {

Status conform(const spec::Spec& spec, std::string_view label, const spec::FieldDecl& declared,
               Value& value) {
    const Type wanted = spec::stored_type(declared.type);
    const Type found = value.type();
    if (wanted == Type::kNull || found == Type::kNull || found == wanted) return {};
    if (wanted == Type::kDouble && found == Type::kInt) {
        value = static_cast<double>(std::get<std::int64_t>(value.data));
        return {};
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
        return {};
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

Status check_declared(const spec::Spec& spec, EventDraft& draft, std::string_view entity,
                      const std::vector<spec::FieldDecl>& declared, bool strict) {
    for (auto& [name, value] : draft.properties) {
        const auto field = std::find_if(
            declared.begin(), declared.end(),
            [&name = name](const spec::FieldDecl& known) { return known.name == name; });
        if (field == declared.end()) {
            if (strict) return undeclared(property_label(draft.type, entity, name), name, declared);
            continue;
        }
        if (value.type() == spec::stored_type(field->type)) continue;
        VOLANT_OK(conform(spec, property_label(draft.type, entity, name), *field, value));
    }
    return {};
}

}  // namespace volant::collect
