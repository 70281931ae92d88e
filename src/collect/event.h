// Event: what a user did, or what is said about an entity, as it was read from a request or from
// the log (EventView). docs/formats/event.md has the bytes.
//
// A strict split, so that destroying a subject's key erases a person and nothing stands in both:
//   clear:  type, the de-duplication fingerprint, ids of entities other than the subject, and the
//           properties that are numbers (bool, int, double, time);
//   sealed: the subject's id, the client's id text, the other properties, and `to` of a subject.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/properties.h"
#include "core/bytes.h"
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

// From the clear part alone: the client gave the time (it is then part of the body).
bool event_time_given(std::string_view clear);
// From the sealed part alone: the event's id.
std::string_view event_id(std::string_view sealed);

struct EntityUse {
    int entity = -1;  // -1: the specification no longer declares it
    std::string_view id;
    EntityIndex index = kNoEntity;  // filled by Entities::observe, after $identify merges
    std::string_view name;          // of the entity, as the record has it
    std::uint64_t hash = 0;         // hash64(id), filled by Entities::observe
};

// One event. Views point into what it was read from: the record, or the request and its reader.
struct EventView {
    log::Lsn lsn = 0;       // of a record
    Micros event_time = 0;  // of a request: only if time_given
    Micros known_at = 0;    // of a record
    std::string_view type;  // "read", "$set", ...
    int event = -1;         // index into Spec::events, or -1 for undeclared and $-events
    std::string_view id;    // made when the client gave none
    std::string_view to;    // $link, $unlink: an id of the same entity; empty elsewhere
    bool id_given = false;  // a made id needs no fingerprint: nobody else can know it
    bool time_given = false;
    bool strict = false;
    std::uint64_t schema = 0;  // the state of Schema that this event adds nothing to; 0 = none
    Hash128 fingerprint;       // of a given id; zero otherwise
    std::vector<EntityUse> entities;
    Properties properties;  // of $unset: the names, with null
    // Of a request: an earlier event had the same properties, of types that need no conversion and
    // no check but for $strict.
    bool is_usual = false;
    // The properties as they are stored, those of the clear and those of the sealed part, if
    // whoever made the event has them so; else none.
    struct Stored {
        std::string_view bytes;
        std::size_t count = 0;
    };
    Stored clear_properties, sealed_properties;

    void clear();  // keeps the memory
    const EntityUse* entity(int index) const;
    // The id it gives for an entity, or "": for -1 too.
    std::string_view id_of(int index) const;
    const Property* property(std::string_view name) const { return properties.find(name); }
};

// Appends the event's bytes to `bytes`, the clear part first, and gives the size of that part.
// Entities are stored by name, so that a record outlives the order of volant.yaml. Of `event` are
// taken: type, id and whether it was given, fingerprint, time_given, strict, entities by index, to,
// properties.
std::size_t encode_event(const spec::Spec& spec, const EventView& event, Bytes& bytes);

// Reuses `out`'s memory: no allocation once it has grown. Errors: kCorrupt if the bytes are not an
// event; then `out` is half filled and must not be read.
Status decode_event(const spec::Spec& spec, const log::Record& record, EventView& out);
// The same for bytes that encode_event() made in this process: they are an event. Its properties
// are read when they are asked for.
void view_event(const spec::Spec& spec, const log::Record& record, EventView& out);

}  // namespace volant::collect
