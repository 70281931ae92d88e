#include "collect/event_json.h"

namespace volant::collect {

void write_draft(json::Writer& out, const spec::Spec& spec, const EventDraft& draft) {
    out.object();
    out.key("event").string(draft.type);
    if (draft.id_given) out.key("id").string(draft.id);
    if (draft.time) out.key("time").time(*draft.time);
    for (const EntityId& entity : draft.entities)
        out.key(spec.entities[static_cast<std::size_t>(entity.entity)].name).string(entity.id);
    if (!draft.to.empty()) out.key("to").string(draft.to);
    if (draft.strict) out.key("$strict").boolean(true);
    if (draft.type == "$unset") {
        out.key("properties").array();
        for (const auto& [name, value] : draft.properties) out.string(name);
        out.end();
    } else if (!draft.properties.empty()) {
        out.key("properties").object();
        for (const auto& [name, value] : draft.properties) out.key(name).value(value);
        out.end();
    }
    out.end();
}

}  // namespace volant::collect
