#include "collect/event_draft.h"

#include "core/bytes.h"

namespace volant::collect {

void view_draft(const EventDraft& draft, std::string& values, EventView& out) {
    out.clear();
    out.id = draft.id;
    out.id_given = draft.id_given;
    out.type = draft.type;
    out.event = draft.event;
    out.event_time = draft.time.value_or(0);
    out.time_given = draft.time.has_value();
    out.strict = draft.strict;
    out.to = draft.to;
    for (const EntityId& use : draft.entities)
        out.entities.push_back({use.entity, use.id, kNoEntity, {}});
    values.clear();
    Writer writer(values);
    std::vector<std::size_t> ends;
    for (const auto& [name, value] : draft.properties) {
        writer.value(value);
        ends.push_back(values.size());
    }
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); begin = ends[i++]) {
        const std::string_view encoded = std::string_view(values).substr(begin, ends[i] - begin);
        out.properties.push_back({draft.properties[i].first, encoded});
    }
}

EventDraft draft_of(const EventView& event) {
    EventDraft draft;
    draft.id = event.id;
    draft.id_given = event.id_given;
    draft.type = event.type;
    draft.event = event.event;
    if (event.time_given) draft.time = event.event_time;
    draft.strict = event.strict;
    draft.to = event.to;
    for (const EntityUse& use : event.entities)
        draft.entities.push_back({use.entity, std::string(use.id)});
    for (const Property& property : event.properties)
        draft.properties.emplace_back(property.name, property.value());
    return draft;
}

void encode_event(const spec::Spec& spec, const EventDraft& draft, const Hash128& fingerprint,
                  std::string& clear, std::string& sealed) {
    std::string values;
    Bytes bytes;
    EventView event;
    view_draft(draft, values, event);
    event.fingerprint = fingerprint;
    const std::size_t clear_size = encode_event(spec, event, bytes);
    clear.append(bytes.view().substr(0, clear_size));
    sealed.append(bytes.view().substr(clear_size));
}

}  // namespace volant::collect
