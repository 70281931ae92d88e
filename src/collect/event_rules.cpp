#include "collect/event_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "collect/complaints.h"
#include "collect/declared_types.h"
#include "collect/special_events.h"
#include "core/bytes.h"
#include "core/nearest.h"

namespace volant::collect {
namespace {

const std::string& entity_name(const spec::Spec& spec, int entity) {
    return spec.entities[static_cast<std::size_t>(entity)].name;
}

Status check_ids(const EventView& event, const spec::Spec& spec) {
    for (const EntityUse& use : event.entities)
        if (use.id.empty() || use.id.size() > kIdMax)
            return fail(
                Code::kOutOfRange,
                fmt::format("found an id of {} bytes, expected 1 to {}", use.id.size(), kIdMax),
                "/" + entity_name(spec, use.entity));
    if (event.to.size() > kIdMax || event.id.size() > kIdMax)
        return fail(Code::kOutOfRange, fmt::format("found an id of more than {} bytes", kIdMax),
                    event.to.size() > kIdMax ? "/to" : "/id");
    return {};
}

Status check_ordinary(const spec::Spec& spec, EventView& event, MadeValues& made) {
    if (!event.to.empty())
        return fail(Code::kUnknownField, fmt::format("\"{}\" takes no \"to\"", event.type), "/to",
                    "only $link and $unlink do");
    if (event.event < 0) {
        if (!event.strict) return {};
        std::vector<std::string_view> known;
        for (const spec::EventDecl& declared : spec.events) known.push_back(declared.name);
        return fail(Code::kUnknownField,
                    fmt::format("the event \"{}\" is not declared, and it is $strict", event.type),
                    "/event", name_hint(event.type, known));
    }
    const spec::EventDecl& declared = spec.events[static_cast<std::size_t>(event.event)];
    const bool strict = event.strict || declared.strict;
    for (const int entity : declared.entities) {
        const auto is_it = [&](const EntityUse& use) { return use.entity == entity; };
        if (std::none_of(event.entities.begin(), event.entities.end(), is_it))
            return fail(Code::kMissingField,
                        fmt::format("\"{0}\" needs the id of its \"{1}\", found no \"{1}\"",
                                    event.type, entity_name(spec, entity)),
                        "/" + entity_name(spec, entity));
    }
    if (strict)
        for (const EntityUse& use : event.entities)
            if (std::find(declared.entities.begin(), declared.entities.end(), use.entity) ==
                declared.entities.end())
                return fail(
                    Code::kUnknownField,
                    fmt::format("\"{}\" is not declared to have a \"{}\", and the event is $strict",
                                event.type, entity_name(spec, use.entity)),
                    "/" + entity_name(spec, use.entity));
    if (event.is_usual && !event.strict) return {};
    return check_declared(spec, event, {}, declared.properties, strict, made);
}

}  // namespace

std::string_view MadeValues::add(const Value& value) {
    Writer(all_.emplace_back()).value(value);
    return all_.back();
}

Status apply_event_rules(const spec::Spec& spec, EventView& event, MadeValues& made) {
    if (!is_name(event.type)) return bad_name(event.type, "an event's name", "/event");
    VOLANT_OK(check_ids(event, spec));
    if (!event.is_usual)
        for (const Property& property : event.properties)
            if (!is_name(property.name))
                return bad_name(property.name, "a property's name",
                                property_pointer(property.name));
    event.event = spec.event_index(event.type);
    return event.type.starts_with('$') ? check_special(spec, event, made)
                                       : check_ordinary(spec, event, made);
}

}  // namespace volant::collect
