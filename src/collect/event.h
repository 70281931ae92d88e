// Event: what a user did, or what is said about an entity, on its way in (EventDraft) and out of
// the log (EventView). docs/formats/event.md has the bytes.
//
// A strict split, so that destroying a subject's key erases a person and nothing stands in both:
//   clear:  type, the de-duplication fingerprint, ids of entities other than the subject, and the
//           properties that are numbers (bool, int, double, time);
//   sealed: the subject's id, the client's id text, the other properties, and `to` of a subject.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "core/result.h"
#include "core/value.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::collect {

// Dense index of an entity's id, given by Entities; the same id has the same index until evicted.
using EntityIndex = std::uint32_t;
inline constexpr EntityIndex kNoEntity = UINT32_MAX;
inline constexpr std::size_t kIdMax = 256;  // bytes of any id

struct EntityId {
    int entity = -1;  // index into Spec::entities
    std::string id;
};

// Parsed and statically checked by a network thread; what depends on state (known types,
// duplicates) is checked on the apply thread.
struct EventDraft {
    std::string id;         // generated when the client gave none
    bool id_given = false;  // a generated id needs no fingerprint: nobody else can know it
    std::string type;       // "read", "$set", ...
    int event = -1;         // index into Spec::events, or -1 for undeclared and $-events
    std::optional<Micros> time;
    bool strict = false;
    std::vector<EntityId> entities;
    std::string to;  // $link, $unlink: an id of the same entity; empty elsewhere
    std::vector<std::pair<std::string, Value>> properties;  // $unset: the names, with null
};

// Encodes into `clear` and `sealed` (both appended to). Entities are stored by name, so that a
// record outlives the order of volant.yaml. `fingerprint` is stored only if `draft.id_given`.
void encode_event(const spec::Spec& spec, const EventDraft& draft, const Hash128& fingerprint,
                  std::string& clear, std::string& sealed);

// From the clear part alone: the client gave the time (it is then part of the body).
bool event_time_given(std::string_view clear);

struct EntityUse {
    int entity = -1;  // -1: the specification no longer declares it
    std::string_view id;
    EntityIndex index = kNoEntity;  // filled by Entities::observe, after $identify merges
    std::string_view name;          // of the entity, as the record has it
};

// A decoded event. Views point into the record.
struct EventView {
    log::Lsn lsn = 0;
    Micros event_time = 0;
    Micros known_at = 0;
    std::string_view type;
    int event = -1;  // index into Spec::events, or -1 for undeclared and $-events
    std::string_view id;
    std::string_view to;
    bool id_given = false;
    bool time_given = false;
    bool strict = false;
    Hash128 fingerprint;  // of a given id; zero otherwise
    std::vector<EntityUse> entities;
    struct Property {
        std::string_view name;
        std::string_view encoded;  // one value, as Writer::value wrote it
        Value value() const;
    };
    std::vector<Property> properties;

    const EntityUse* entity(int index) const;
    // The id it gives for an entity, or "": for -1 too.
    std::string_view id_of(int index) const;
    const Property* property(std::string_view name) const;
};

// Reuses `out`'s vectors: no allocation once they have grown. Errors: kCorrupt if the bytes are not
// an event; then `out` is half filled and must not be read.
Status decode_event(const spec::Spec& spec, const log::Record& record, EventView& out);

}  // namespace volant::collect
