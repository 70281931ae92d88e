#include "collect/event_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "collect/complaints.h"
#include "core/nearest.h"

namespace volant::collect {
namespace {

constexpr std::size_t kNameMax = 256;  // bytes of an event's, a property's and a relation's name

// What a $-event takes beside its one entity.
enum class Takes { kAttributes, kNames, kNothing, kRelation, kAnonymous };
struct Special {
    std::string_view name;
    Takes takes;
    bool to;
};
constexpr std::array kSpecials = {
    Special{"$set", Takes::kAttributes, false}, Special{"$unset", Takes::kNames, false},
    Special{"$delete", Takes::kNothing, false}, Special{"$link", Takes::kRelation, true},
    Special{"$unlink", Takes::kRelation, true}, Special{"$identify", Takes::kAnonymous, false},
};

const std::string& entity_name(const spec::Spec& spec, int entity) {
    return spec.entities[static_cast<std::size_t>(entity)].name;
}

std::string entity_names(const spec::Spec& spec) {
    std::string names;
    for (const spec::EntityDecl& entity : spec.entities)
        names += (names.empty() ? "" : ", ") + entity.name;
    return names;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kNameMax &&
           std::none_of(name.begin(), name.end(), is_control);
}

Error bad_name(std::string_view name, std::string_view what, std::string field) {
    if (name.empty() || name.size() > kNameMax)
        return fail(
            Code::kOutOfRange,
            fmt::format("found {} of {} bytes, expected 1 to {}", what, name.size(), kNameMax),
            std::move(field));
    return fail(Code::kOutOfRange, fmt::format("found a control character in {}", what),
                std::move(field));
}

Status check_ids(const EventDraft& draft, const spec::Spec& spec) {
    for (const EntityId& use : draft.entities)
        if (use.id.empty() || use.id.size() > kIdMax)
            return fail(
                Code::kOutOfRange,
                fmt::format("found an id of {} bytes, expected 1 to {}", use.id.size(), kIdMax),
                "/" + entity_name(spec, use.entity));
    if (draft.to.size() > kIdMax || draft.id.size() > kIdMax)
        return fail(Code::kOutOfRange, fmt::format("found an id of more than {} bytes", kIdMax),
                    draft.to.size() > kIdMax ? "/to" : "/id");
    return {};
}

// --- declared properties ---

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

// `entity`: the name of the entity whose attributes these are; empty for an event's properties.
Status check_properties(const spec::Spec& spec, EventDraft& draft, std::string_view entity,
                        const std::vector<spec::FieldDecl>& declared, bool strict) {
    for (auto& [name, value] : draft.properties) {
        const auto field =
            std::find_if(declared.begin(), declared.end(),
                         [&](const spec::FieldDecl& known) { return known.name == name; });
        if (field == declared.end()) {
            if (strict) return undeclared(property_label(draft.type, entity, name), name, declared);
            continue;
        }
        if (value.type() == spec::stored_type(field->type)) continue;
        VOLANT_OK(conform(spec, property_label(draft.type, entity, name), *field, value));
    }
    return {};
}

// --- ordinary events ---

Status check_ordinary(const spec::Spec& spec, EventDraft& draft) {
    if (!draft.to.empty())
        return fail(Code::kUnknownField, fmt::format("\"{}\" takes no \"to\"", draft.type), "/to",
                    "only $link and $unlink do");
    if (draft.event < 0) {
        if (!draft.strict) return {};
        std::vector<std::string_view> known;
        for (const spec::EventDecl& event : spec.events) known.push_back(event.name);
        return fail(Code::kUnknownField,
                    fmt::format("the event \"{}\" is not declared, and it is $strict", draft.type),
                    "/event", name_hint(draft.type, known));
    }
    const spec::EventDecl& declared = spec.events[static_cast<std::size_t>(draft.event)];
    const bool strict = draft.strict || declared.strict;
    for (const int entity : declared.entities) {
        const auto is_it = [&](const EntityId& use) { return use.entity == entity; };
        if (std::none_of(draft.entities.begin(), draft.entities.end(), is_it))
            return fail(Code::kMissingField,
                        fmt::format("\"{0}\" needs the id of its \"{1}\", found no \"{1}\"",
                                    draft.type, entity_name(spec, entity)),
                        "/" + entity_name(spec, entity));
    }
    if (strict)
        for (const EntityId& use : draft.entities)
            if (std::find(declared.entities.begin(), declared.entities.end(), use.entity) ==
                declared.entities.end())
                return fail(
                    Code::kUnknownField,
                    fmt::format("\"{}\" is not declared to have a \"{}\", and the event is $strict",
                                draft.type, entity_name(spec, use.entity)),
                    "/" + entity_name(spec, use.entity));
    return check_properties(spec, draft, {}, declared.properties, strict);
}

// --- $-events ---

Status only_property(const EventDraft& draft, std::string_view name) {
    for (const auto& [given, value] : draft.properties)
        if (given != name)
            return fail(Code::kUnknownField,
                        fmt::format("{} takes the property \"{}\" alone, found \"{}\"", draft.type,
                                    name, given),
                        property_pointer(given));
    if (draft.properties.empty() || draft.properties[0].second.is_null())
        return fail(Code::kMissingField,
                    fmt::format("{} needs the property \"{}\"", draft.type, name),
                    property_pointer(name));
    return {};
}

Status check_relation(const EventDraft& draft) {
    VOLANT_OK(only_property(draft, "relation"));
    const Value& relation = draft.properties[0].second;
    if (!relation.string())
        return fail(Code::kWrongType,
                    fmt::format("found {} {}, expected a relation's name, like \"friend\"",
                                type_name(relation.type()), describe(relation)),
                    "/properties/relation");
    if (is_name(*relation.string())) return {};
    return bad_name(*relation.string(), "a relation's name", "/properties/relation");
}

Status check_anonymous(const spec::Spec& spec, EventDraft& draft) {
    if (spec.subject < 0 || draft.entities[0].entity != spec.subject)
        return fail(Code::kOutOfRange,
                    spec.subject < 0
                        ? std::string("$identify needs a `subject` in volant.yaml, found none")
                        : fmt::format("$identify is about the subject, \"{}\", found \"{}\"",
                                      entity_name(spec, spec.subject),
                                      entity_name(spec, draft.entities[0].entity)),
                    "/" + entity_name(spec, draft.entities[0].entity));
    VOLANT_OK(only_property(draft, "anonymous"));
    Value& anonymous = draft.properties[0].second;
    if (const auto* number = std::get_if<std::int64_t>(&anonymous.data))
        anonymous = std::to_string(*number);
    const std::string* id = anonymous.string();
    if (!id)
        return fail(Code::kWrongType,
                    fmt::format("found {} {}, expected an id: a string or an integer",
                                type_name(anonymous.type()), describe(anonymous)),
                    "/properties/anonymous");
    if (id->empty() || id->size() > kIdMax)
        return fail(Code::kOutOfRange,
                    fmt::format("found an id of {} bytes, expected 1 to {}", id->size(), kIdMax),
                    "/properties/anonymous");
    return {};
}

Status check_taken(const spec::Spec& spec, const Special& special, EventDraft& draft) {
    const spec::EntityDecl& entity =
        spec.entities[static_cast<std::size_t>(draft.entities[0].entity)];
    switch (special.takes) {
        case Takes::kAttributes:
            return check_properties(spec, draft, entity.name, entity.attributes, draft.strict);
        case Takes::kNames:
            if (draft.properties.empty())
                return fail(Code::kMissingField,
                            "$unset needs the names of attributes: {\"properties\":[\"title\"]}",
                            "/properties");
            return check_properties(spec, draft, entity.name, entity.attributes, draft.strict);
        case Takes::kNothing:
            if (draft.properties.empty()) return {};
            return fail(Code::kUnknownField, fmt::format("{} takes no properties", special.name),
                        "/properties");
        case Takes::kRelation:
            return check_relation(draft);
        case Takes::kAnonymous:
            return check_anonymous(spec, draft);
    }
    return {};
}

Status check_special(const spec::Spec& spec, EventDraft& draft) {
    const auto special =
        std::find_if(kSpecials.begin(), kSpecials.end(),
                     [&](const Special& known) { return known.name == draft.type; });
    if (special == kSpecials.end())
        return fail(Code::kOutOfRange,
                    fmt::format("found the event \"{}\", but names that begin with $ are reserved",
                                draft.type),
                    "/event", name_hint(draft.type, special_events()));
    if (draft.entities.size() != 1)
        return fail(
            draft.entities.empty() ? Code::kMissingField : Code::kOutOfRange,
            fmt::format("{} is about exactly one entity ({}), found {}", draft.type,
                        entity_names(spec), draft.entities.size()),
            draft.entities.empty() ? "" : "/" + entity_name(spec, draft.entities[1].entity));
    if (special->to && draft.to.empty())
        return fail(Code::kMissingField,
                    fmt::format("{} needs \"to\", the id at the other end", draft.type), "/to");
    if (!special->to && !draft.to.empty())
        return fail(Code::kUnknownField, fmt::format("{} takes no \"to\"", draft.type), "/to");
    return check_taken(spec, *special, draft);
}

}  // namespace

std::span<const std::string_view> special_events() {
    static const auto names = [] {
        std::array<std::string_view, kSpecials.size()> all;
        std::transform(kSpecials.begin(), kSpecials.end(), all.begin(),
                       [](const Special& s) { return s.name; });
        return all;
    }();
    return names;
}

Status apply_event_rules(const spec::Spec& spec, EventDraft& draft) {
    if (!is_name(draft.type)) return bad_name(draft.type, "an event's name", "/event");
    VOLANT_OK(check_ids(draft, spec));
    for (const auto& [name, value] : draft.properties)
        if (!is_name(name)) return bad_name(name, "a property's name", property_pointer(name));
    draft.event = spec.event_index(draft.type);
    return draft.type.starts_with('$') ? check_special(spec, draft) : check_ordinary(spec, draft);
}

}  // namespace volant::collect
