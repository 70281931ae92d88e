#include "collect/event_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "collect/complaints.h"
#include "collect/declared_types.h"
#include "collect/special_events.h"
#include "core/nearest.h"

namespace volant::collect {
namespace {

const std::string& entity_name(const spec::Spec& spec, int entity) {
    return spec.entities[static_cast<std::size_t>(entity)].name;
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
    return check_declared(spec, draft, {}, declared.properties, strict);
}

}  // namespace

Status apply_event_rules(const spec::Spec& spec, EventDraft& draft) {
    if (!is_name(draft.type)) return bad_name(draft.type, "an event's name", "/event");
    VOLANT_OK(check_ids(draft, spec));
    for (const auto& [name, value] : draft.properties)
        if (!is_name(name)) return bad_name(name, "a property's name", property_pointer(name));
    draft.event = spec.event_index(draft.type);
    return draft.type.starts_with('$') ? check_special(spec, draft) : check_ordinary(spec, draft);
}

}  // namespace volant::collect
