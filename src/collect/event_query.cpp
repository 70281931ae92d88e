#include "collect/event_query.h"

#include <algorithm>

namespace volant::collect {
namespace {

bool names(const EventView& event, const EntityId& wanted, const Entities& entities) {
    const EntityUse* use = event.entity(wanted.entity);
    if (!use) return false;
    if (use->id == wanted.id) return true;
    const EntityIndex index = entities.find(wanted.entity, wanted.id);
    return index != kNoEntity && index == entities.find(wanted.entity, use->id);
}

void write_properties(json::Writer& out, const EventView& event) {
    if (event.properties.empty()) return;
    out.key("properties");
    if (event.type == "$unset") {
        out.array();
        for (const EventView::Property& property : event.properties) out.string(property.name);
    } else {
        out.object();
        for (const EventView::Property& property : event.properties)
            out.key(property.name).value(property.value());
    }
    out.end();
}

}  // namespace

bool matches(const EventFilter& filter, const EventView& event, const Entities& entities) {
    if (!filter.event.empty() && filter.event != event.type) return false;
    if (filter.from && event.event_time < *filter.from) return false;
    if (filter.to && event.event_time >= *filter.to) return false;
    return std::all_of(filter.entities.begin(), filter.entities.end(),
                       [&](const EntityId& wanted) { return names(event, wanted, entities); });
}

void write_event(json::Writer& out, const EventView& event, std::string_view lsn) {
    out.object();
    out.key("event").string(event.type);
    out.key("id").string(event.id);
    out.key("time").time(event.event_time);
    for (const EntityUse& use : event.entities) out.key(use.name).string(use.id);
    if (!event.to.empty()) out.key("to").string(event.to);
    if (event.strict) out.key("$strict").boolean(true);
    write_properties(out, event);
    out.key("lsn").string(lsn);
    out.key("known_at").time(event.known_at);
    out.end();
}

}  // namespace volant::collect
