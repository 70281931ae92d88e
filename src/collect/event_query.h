// Events as they were sent, for GET /v1/events.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/entities.h"
#include "collect/event.h"
#include "core/json_writer.h"

namespace volant::collect {

struct EventFilter {
    struct Of {
        int entity = -1;
        std::vector<std::string> ids = {};  // any of them; sorted
    };
    std::string event = {};           // "" = any
    std::vector<Of> entities = {};    // all of them
    std::optional<Micros> from = {};  // event_time >= from
    std::optional<Micros> to = {};    // event_time < to
};

// After $identify, asking for either id finds the events of both: adds the other names of the
// filter's ids, as they stand now. Where no observe runs.
void add_names(EventFilter& filter, const Entities& entities);

// Any thread: looks at the event alone.
bool matches(const EventFilter& filter, const EventView& event);

// {"event","id","time", entities, "to"?, "$strict"?, "properties"?, "lsn","known_at"}: as sent (a
// time and an id that were left out are filled in; numbers come first in properties), with its
// place and arrival. `lsn` is the opaque text of its place.
void write_event(json::Writer& out, const EventView& event, std::string_view lsn);

}  // namespace volant::collect
