#include "collect/event.h"

#include <fmt/format.h>

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

bool is_clear(const Value& value) {
    return value.has_number();
}

std::uint8_t flags_of(const EventDraft& draft, bool to_sealed) {
    std::uint8_t flags = 0;
    if (draft.id_given) flags |= kIdGiven;
    if (draft.time) flags |= kTimeGiven;
    if (draft.strict) flags |= kStrictSaid;
    if (!draft.to.empty()) flags |= to_sealed ? kToSealed : kToClear;
    return flags;
}

void write_entities(const spec::Spec& spec, const EventDraft& draft, bool subject, Writer& out) {
    const auto here = [&](const EntityId& use) { return (use.entity == spec.subject) == subject; };
    std::uint64_t count = 0;
    for (const EntityId& use : draft.entities) count += here(use);
    out.varint(count);
    for (const EntityId& use : draft.entities) {
        if (!here(use)) continue;
        out.string(spec.entities[static_cast<std::size_t>(use.entity)].name);
        out.string(use.id);
    }
}

void write_properties(const EventDraft& draft, bool clear, Writer& out) {
    std::uint64_t count = 0;
    for (const auto& [name, value] : draft.properties) count += is_clear(value) == clear;
    out.varint(count);
    for (const auto& [name, value] : draft.properties) {
        if (is_clear(value) != clear) continue;
        out.string(name);
        out.value(value);
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

void read_properties(Cursor& in, EventView& out) {
    const std::uint64_t count = in.varint();
    if (count > in.left()) return in.bad();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const std::string_view name = in.string();
        const std::string_view before = in.rest();
        in.skip_value();
        if (in.ok()) out.properties.push_back({name, before.substr(0, before.size() - in.left())});
    }
}

Error corrupt(const log::Record& record, std::string_view part) {
    return fail(Code::kCorrupt,
                fmt::format("record {}: the {} part is not an event", record.lsn, part));
}

}  // namespace

void encode_event(const spec::Spec& spec, const EventDraft& draft, const Hash128& fingerprint,
                  std::string& clear, std::string& sealed) {
    const bool to_sealed = !draft.entities.empty() && draft.entities[0].entity == spec.subject;
    const std::uint8_t flags = flags_of(draft, to_sealed);

    Writer in_clear(clear);
    in_clear.u8(kEventVersion);
    in_clear.u8(flags);
    in_clear.string(draft.type);
    if (draft.id_given) {
        in_clear.u64(fingerprint.low);
        in_clear.u64(fingerprint.high);
    }
    write_entities(spec, draft, false, in_clear);
    if (flags & kToClear) in_clear.string(draft.to);
    write_properties(draft, true, in_clear);

    Writer in_sealed(sealed);
    in_sealed.string(draft.id);
    write_entities(spec, draft, true, in_sealed);
    if (flags & kToSealed) in_sealed.string(draft.to);
    write_properties(draft, false, in_sealed);
}

bool event_time_given(std::string_view clear) {
    return clear.size() > 1 && (static_cast<std::uint8_t>(clear[1]) & kTimeGiven);
}

Status decode_event(const spec::Spec& spec, const log::Record& record, EventView& out) {
    out.lsn = record.lsn;
    out.event_time = record.event_time;
    out.known_at = record.known_at;
    out.to = {};
    out.fingerprint = {};
    out.entities.clear();
    out.properties.clear();

    Cursor clear(record.clear);
    if (clear.u8() != kEventVersion) return corrupt(record, "clear");
    const std::uint8_t flags = clear.u8();
    if (flags & ~kFlagsKnown) return corrupt(record, "clear");
    out.id_given = flags & kIdGiven;
    out.time_given = flags & kTimeGiven;
    out.strict = flags & kStrictSaid;
    out.type = clear.string();
    out.event = spec.event_index(out.type);
    if (out.id_given) {
        out.fingerprint.low = clear.u64();
        out.fingerprint.high = clear.u64();
    }
    read_entities(spec, clear, out);
    if (flags & kToClear) out.to = clear.string();
    read_properties(clear, out);
    if (!clear.ok() || !clear.done()) return corrupt(record, "clear");

    Cursor sealed(record.sealed);
    out.id = sealed.string();
    read_entities(spec, sealed, out);
    if (flags & kToSealed) out.to = sealed.string();
    read_properties(sealed, out);
    if (!sealed.ok() || !sealed.done()) return corrupt(record, "sealed");
    return {};
}

Value EventView::Property::value() const {
    return Cursor(encoded).value();
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

const EventView::Property* EventView::property(std::string_view name) const {
    for (const Property& property : properties)
        if (property.name == name) return &property;
    return nullptr;
}

}  // namespace volant::collect
