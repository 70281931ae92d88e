#include "collect/event.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/bytes.h"

namespace volant::collect {
namespace {

constexpr std::uint8_t kEventVersion = 1;

// Bits of the flags byte. Stored: docs/formats/event.md.
constexpr std::uint8_t kIdGiven = 1;
constexpr std::uint8_t kTimeGiven = 2;
constexpr std::uint8_t kStrictSaid = 4;
constexpr std::uint8_t kToClear = 8;    // `to` stands in the clear part
constexpr std::uint8_t kToSealed = 16;  // `to` is a subject and stands in the sealed part
constexpr std::uint8_t kFlagsKnown = 31;

constexpr std::uint64_t kEntitiesMax =
    256;  // of one event; keeps a corrupt count from reserving much

// The part in which a property of this type is stored. EventParser sorts by the text's first byte.
bool is_clear(Type type) {
    return type == Type::kBool || type == Type::kInt || type == Type::kDouble ||
           type == Type::kTime;
}

std::uint8_t flags_of(const EventView& event, bool to_sealed) {
    std::uint8_t flags = 0;
    if (event.id_given) flags |= kIdGiven;
    if (event.time_given) flags |= kTimeGiven;
    if (event.strict) flags |= kStrictSaid;
    if (!event.to.empty()) flags |= to_sealed ? kToSealed : kToClear;
    return flags;
}

void write_entities(const spec::Spec& spec, const EventView& event, bool subject,
                    BytesWriter& out) {
    const auto here = [&](const EntityUse& use) { return (use.entity == spec.subject) == subject; };
    out.varint(static_cast<std::uint64_t>(
        std::count_if(event.entities.begin(), event.entities.end(), here)));
    for (const EntityUse& use : event.entities) {
        if (!here(use)) continue;
        out.string(spec.entities[static_cast<std::size_t>(use.entity)].name);
        out.string(use.id);
    }
}

void write_properties(const EventView& event, bool clear, BytesWriter& out) {
    if (event.clear_properties.count + event.sealed_properties.count > 0) {
        const EventView::Stored& stored = clear ? event.clear_properties : event.sealed_properties;
        out.varint(stored.count);
        return out.raw(stored.bytes.data(), stored.bytes.size());
    }
    const auto here = [clear](const Property& property) {
        return is_clear(property.type()) == clear;
    };
    out.varint(static_cast<std::uint64_t>(
        std::count_if(event.properties.begin(), event.properties.end(), here)));
    for (const Property& property : event.properties) {
        if (!here(property)) continue;
        out.string(property.name);
        out.raw(property.encoded.data(), property.encoded.size());
    }
}

void read_entities(const spec::Spec& spec, Cursor& in, EventView& out) {
    const std::uint64_t count = in.varint();
    if (count > kEntitiesMax) return in.bad();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const std::string_view name = in.string();
        const std::string_view id = in.string();
        out.entities.push_back({spec.entity_index(name), id, kNoEntity, name});
    }
}

// Of each part all but the properties, behind which nothing follows. False if it is of another
// version.
bool read_clear(const spec::Spec& spec, Cursor& in, std::uint8_t& flags, EventView& out) {
    if (in.u8() != kEventVersion) return false;
    flags = in.u8();
    if (flags & ~kFlagsKnown) return false;
    out.id_given = flags & kIdGiven;
    out.time_given = flags & kTimeGiven;
    out.strict = flags & kStrictSaid;
    out.type = in.string();
    out.event = spec.event_index(out.type);
    if (out.id_given) {
        out.fingerprint.low = in.u64();
        out.fingerprint.high = in.u64();
    }
    read_entities(spec, in, out);
    if (flags & kToClear) out.to = in.string();
    return true;
}

void read_sealed(const spec::Spec& spec, Cursor& in, std::uint8_t flags, EventView& out) {
    out.id = in.string();
    read_entities(spec, in, out);
    if (flags & kToSealed) out.to = in.string();
}

void begin(const log::Record& record, EventView& out) {
    out.lsn = record.lsn;
    out.event_time = record.event_time;
    out.known_at = record.known_at;
    out.to = {};
    out.is_usual = false;
    out.clear_properties = out.sealed_properties = {};
    out.schema = 0;
    out.fingerprint = {};
    out.entities.clear();
    out.properties.clear();
}

Error corrupt(const log::Record& record, std::string_view part) {
    return fail(Code::kCorrupt,
                fmt::format("record {}: the {} part is not an event", record.lsn, part));
}

}  // namespace

void EventView::clear() {
    begin({}, *this);
    type = id = {};
    event = -1;
    id_given = time_given = strict = false;
}

std::size_t encode_event(const spec::Spec& spec, const EventView& event, Bytes& bytes) {
    const bool to_sealed = !event.entities.empty() && event.entities[0].entity == spec.subject;
    const std::uint8_t flags = flags_of(event, to_sealed);
    const std::size_t begin = bytes.size();
    BytesWriter out(bytes);

    out.u8(kEventVersion);
    out.u8(flags);
    out.string(event.type);
    if (event.id_given) {
        out.u64(event.fingerprint.low);
        out.u64(event.fingerprint.high);
    }
    write_entities(spec, event, false, out);
    if (flags & kToClear) out.string(event.to);
    write_properties(event, true, out);
    const std::size_t clear_size = bytes.size() - begin;

    out.string(event.id);
    write_entities(spec, event, true, out);
    if (flags & kToSealed) out.string(event.to);
    write_properties(event, false, out);
    return clear_size;
}

bool event_time_given(std::string_view clear) {
    return clear.size() > 1 && (static_cast<std::uint8_t>(clear[1]) & kTimeGiven);
}

std::string_view event_id(std::string_view sealed) {
    return Cursor(sealed).string();
}

Status decode_event(const spec::Spec& spec, const log::Record& record, EventView& out) {
    begin(record, out);
    std::uint8_t flags = 0;
    Cursor clear(record.clear);
    if (!read_clear(spec, clear, flags, out)) return corrupt(record, "clear");
    out.properties.read(clear);
    if (!clear.ok() || !clear.done()) return corrupt(record, "clear");

    Cursor sealed(record.sealed);
    read_sealed(spec, sealed, flags, out);
    out.properties.read(sealed);
    if (!sealed.ok() || !sealed.done()) return corrupt(record, "sealed");
    return {};
}

void view_event(const spec::Spec& spec, const log::Record& record, EventView& out) {
    begin(record, out);
    std::uint8_t flags = 0;
    Cursor clear(record.clear), sealed(record.sealed);
    VOLANT_CHECK(read_clear(spec, clear, flags, out));
    read_sealed(spec, sealed, flags, out);
    const std::size_t count = clear.varint();
    out.properties.read_later(count, clear.rest());
    const std::size_t sealed_count = sealed.varint();
    out.properties.read_later(sealed_count, sealed.rest());
    VOLANT_CHECK(clear.ok() && sealed.ok());
}

const EntityUse* EventView::entity(int index) const {
    for (const EntityUse& use : entities)
        if (use.entity == index) return &use;
    return nullptr;
}

std::string_view EventView::id_of(int index) const {
    const EntityUse* use = index < 0 ? nullptr : entity(index);
    return use == nullptr ? std::string_view{} : use->id;
}

}  // namespace volant::collect
