// EventDraft: an event that owns its texts, made by code rather than read from a request: by the
// importers, and by tests.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collect/event.h"
#include "core/value.h"
#include "spec/spec.h"

namespace volant::collect {

// Its members are those of EventView.
struct EventDraft {
    std::string id;
    bool id_given = false;
    std::string type;
    int event = -1;
    std::optional<Micros> time;
    bool strict = false;
    std::vector<EntityId> entities;
    std::string to;
    std::vector<std::pair<std::string, Value>> properties;
};

// `out` points into the draft, and into `values`, which it replaces.
void view_draft(const EventDraft& draft, std::string& values, EventView& out);
EventDraft draft_of(const EventView& event);

// As encode_event() of a view; each part is appended to its own text.
void encode_event(const spec::Spec& spec, const EventDraft& draft, const Hash128& fingerprint,
                  std::string& clear, std::string& sealed);

}  // namespace volant::collect
