#include "collect/special_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "collect/attributes.h"
#include "collect/complaints.h"
#include "collect/declared_types.h"
#include "collect/entities.h"
#include "core/nearest.h"

namespace volant::collect {
namespace {

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

const std::string& name_of(const spec::Spec& spec, int entity) {
    return spec.entities[static_cast<std::size_t>(entity)].name;
}

std::string entity_names(const spec::Spec& spec) {
    std::string names;
    for (const spec::EntityDecl& entity : spec.entities)
        names += (names.empty() ? "" : ", ") + entity.name;
    return names;
}

Status only_property(const EventView& event, std::string_view name) {
    for (const Property& given : event.properties)
        if (given.name != name)
            return fail(Code::kUnknownField,
                        fmt::format("{} takes the property \"{}\" alone, found \"{}\"", event.type,
                                    name, given.name),
                        property_pointer(given.name));
    if (event.properties.empty() || event.properties[0].type() == Type::kNull)
        return fail(Code::kMissingField,
                    fmt::format("{} needs the property \"{}\"", event.type, name),
                    property_pointer(name));
    return {};
}

Status check_relation(const EventView& event) {
    VOLANT_OK(only_property(event, "relation"));
    const Value relation = event.properties[0].value();
    if (!relation.string())
        return fail(Code::kWrongType,
                    fmt::format("found {} {}, expected a relation's name, like \"friend\"",
                                type_name(relation.type()), describe(relation)),
                    "/properties/relation");
    if (is_name(*relation.string())) return {};
    return bad_name(*relation.string(), "a relation's name", "/properties/relation");
}

Status check_anonymous(const spec::Spec& spec, EventView& event, MadeValues& made) {
    if (spec.subject < 0 || event.entities[0].entity != spec.subject)
        return fail(
            Code::kOutOfRange,
            spec.subject < 0
                ? std::string("$identify needs a `subject` in volant.yaml, found none")
                : fmt::format("$identify is about the subject, \"{}\", found \"{}\"",
                              name_of(spec, spec.subject), name_of(spec, event.entities[0].entity)),
            "/" + name_of(spec, event.entities[0].entity));
    VOLANT_OK(only_property(event, "anonymous"));
    Value anonymous = event.properties[0].value();
    if (const auto* number = std::get_if<std::int64_t>(&anonymous.data)) {
        anonymous = std::to_string(*number);
        event.properties[0].encoded = made.add(anonymous);
    }
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

// Of what will be kept. Other properties are only logged, and a text of which no feature is made is
// too where it is long.
Status check_sizes(const EventView& event, const spec::EntityDecl& entity) {
    for (const Property& property : event.properties) {
        const bool grows = property.type() == Type::kString || property.type() == Type::kList;
        const int attribute = entity.attribute_index(property.name);
        if (!grows || attribute < 0 ||
            entity.attributes[static_cast<std::size_t>(attribute)].type == spec::FieldType::kText)
            continue;
        const std::size_t bytes = attribute_bytes(property.value());
        if (bytes <= kAttributeBytesMax) continue;
        return fail(Code::kOutOfRange,
                    fmt::format("{}: found a {} of {} bytes, expected at most {}",
                                property_label(event.type, entity.name, property.name),
                                type_name(property.type()), bytes, kAttributeBytesMax),
                    property_pointer(property.name),
                    property.type() == Type::kList
                        ? fmt::format("an element counts {} beside its text", kListElementBytes)
                        : std::string());
    }
    return {};
}

Status check_taken(const spec::Spec& spec, const Special& special, EventView& event,
                   MadeValues& made) {
    const spec::EntityDecl& entity =
        spec.entities[static_cast<std::size_t>(event.entities[0].entity)];
    switch (special.takes) {
        case Takes::kAttributes:
            VOLANT_OK(
                check_declared(spec, event, entity.name, entity.attributes, event.strict, made));
            return check_sizes(event, entity);
        case Takes::kNames:
            if (event.properties.empty())
                return fail(Code::kMissingField,
                            "$unset needs the names of attributes: {\"properties\":[\"title\"]}",
                            "/properties");
            return check_declared(spec, event, entity.name, entity.attributes, event.strict, made);
        case Takes::kNothing:
            if (event.properties.empty()) return {};
            return fail(Code::kUnknownField, fmt::format("{} takes no properties", special.name),
                        "/properties");
        case Takes::kRelation:
            return check_relation(event);
        case Takes::kAnonymous:
            return check_anonymous(spec, event, made);
    }
    return {};
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

Status check_special(const spec::Spec& spec, EventView& event, MadeValues& made) {
    const auto special =
        std::find_if(kSpecials.begin(), kSpecials.end(),
                     [&](const Special& known) { return known.name == event.type; });
    if (special == kSpecials.end())
        return fail(Code::kOutOfRange,
                    fmt::format("found the event \"{}\", but names that begin with $ are reserved",
                                event.type),
                    "/event", name_hint(event.type, special_events()));
    if (event.entities.size() != 1)
        return fail(event.entities.empty() ? Code::kMissingField : Code::kOutOfRange,
                    fmt::format("{} is about exactly one entity ({}), found {}", event.type,
                                entity_names(spec), event.entities.size()),
                    event.entities.empty() ? "" : "/" + name_of(spec, event.entities[1].entity));
    if (special->to && event.to.empty())
        return fail(Code::kMissingField,
                    fmt::format("{} needs \"to\", the id at the other end", event.type), "/to");
    if (!special->to && !event.to.empty())
        return fail(Code::kUnknownField, fmt::format("{} takes no \"to\"", event.type), "/to");
    return check_taken(spec, *special, event, made);
}

}  // namespace volant::collect
