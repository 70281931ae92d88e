#include "collect/event_query.h"

#include <algorithm>

namespace volant::collect {
namespace {

void write_properties(json::Writer& out, const EventView& event) {
    if (event.properties.empty()) return;
    out.key("properties");
    if (event.type == "$unset") {
        out.array();
        for (const Property& property : event.properties) out.string(property.name);
    } else {
        out.object();
        for (const Property& property : event.properties)
            out.key(property.name).value(property.value());
    }
    out.end();
}

}  // namespace

void add_names(EventFilter& filter, const Entities& entities) {
    for (EventFilter::Of& of : filter.entities) {
        std::vector<std::string> all = of.ids;
        for (const std::string& id : of.ids) {
            const EntityIndex index = entities.find(of.entity, id);
            if (index == kNoEntity) continue;
            for (const std::string_view name : entities.names(of.entity, index))
                all.emplace_back(name);
        }
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        of.ids = std::move(all);
    }
}

bool matches(const EventFilter& filter, const EventView& event) {
    if (!filter.event.empty() && filter.event != event.type) return false;
    if (filter.from && event.event_time < *filter.from) return false;
    if (filter.to && event.event_time >= *filter.to) return false;
    return std::all_of(
        filter.entities.begin(), filter.entities.end(), [&](const EventFilter::Of& of) {
            const EntityUse* use = event.entity(of.entity);
            return use != nullptr && std::binary_search(of.ids.begin(), of.ids.end(), use->id);
        });
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
