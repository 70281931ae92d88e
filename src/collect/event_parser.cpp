#include "collect/event_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "collect/event_rules.h"
#include "core/nearest.h"
#include "core/text.h"

namespace volant::collect {
namespace {

enum EventField { kEvent, kId, kTime, kProperties, kTo, kStrict };

// In the order of EventField.
constexpr Field kEventFields[] = {
    {.name = "event",
     .kind = Kind::kString,
     .required = true,
     .text =
         "What happened: a name of your own, or $set, $unset, $delete, $link, $unlink, $identify."},
    {.name = "id",
     .kind = Kind::kId,
     .text =
         "Sent again, the same id changes nothing. Made when left out; a retry is then not safe."},
    {.name = "time",
     .kind = Kind::kTime,
     .text = "When it happened. The time of arrival when left out."},
    {.name = "properties",
     .kind = Kind::kAny,
     .text = "An object of values; of $unset, a list of names."},
    {.name = "to", .kind = Kind::kId, .text = "Of $link and $unlink: the id at the other end."},
    {.name = "$strict",
     .kind = Kind::kBool,
     .text = "Refuse whatever volant.yaml does not declare."},
};

Error prefixed(Error error, std::size_t index) {
    return std::move(error).at(fmt::format("/{}", index));
}

Error too_many(std::uint64_t max) {
    return fail(Code::kTooLarge,
                fmt::format("found more than {} events in one body, which is the most", max), {},
                "send them in several requests");
}

// Room for events of a usual size; more only costs a move.
std::size_t expected_events(std::string_view body, std::uint64_t max) {
    constexpr std::size_t kUsualBytes = 100;
    return std::min<std::size_t>(body.size() / kUsualBytes + 1, max);
}

bool is_broken_text(Code code) {
    return code == Code::kInvalidJson || code == Code::kInvalidUtf8;
}

}  // namespace

constexpr Shape kEventShape{
    .name = "Event",
    .text = "One event. Entities of volant.yaml are fields too: {\"user\":\"u1\"}.",
    .fields = kEventFields,
    .open = true};

EventParser::EventParser(const spec::Spec& spec, const Fingerprints& fingerprints,
                         std::uint64_t seed)
    : spec_(spec), fingerprints_(fingerprints), random_(seed) {}

Result<EventBody> EventParser::parse_body(std::string_view body, BodyForm form) {
    if (form == BodyForm::kNdjson) return parse_lines(body);
    VOLANT_TRY(json::Item root, document_.parse(body));
    EventBody parsed;
    if (!root.is_array()) {
        parsed.events.push_back(read_bounded(root));
        if (const auto& only = parsed.events[0]; !only.ok() && is_broken_text(only.error().code))
            return only.error();
        if (parsed.events[0].ok()) VOLANT_OK(document_.finish());
        return parsed;
    }
    parsed.many = true;
    parsed.events.reserve(expected_events(body, spec_.server.elements_max));
    VOLANT_OK(root.elements([&](std::size_t index, json::Item item) -> Status {
        if (index >= spec_.server.elements_max) return too_many(spec_.server.elements_max);
        Result<EventDraft> draft = read_bounded(item);
        if (!draft.ok()) draft = prefixed(std::move(draft).error(), index);
        parsed.events.push_back(std::move(draft));
        return {};
    }));
    VOLANT_OK(document_.finish());
    return parsed;
}

Result<EventBody> EventParser::parse_lines(std::string_view body) {
    EventBody parsed;
    parsed.many = true;
    parsed.events.reserve(expected_events(body, spec_.server.elements_max));
    std::size_t broken = 0;
    while (!body.empty()) {
        const std::size_t size = std::min(body.find('\n'), body.size());
        const std::string_view line = trimmed(body.substr(0, size));
        body.remove_prefix(std::min(size + 1, body.size()));
        if (line.empty()) continue;
        if (parsed.events.size() >= spec_.server.elements_max)
            return too_many(spec_.server.elements_max);
        Result<EventDraft> draft = parse_one(line);
        if (!draft.ok()) {
            broken += is_broken_text(draft.error().code);
            draft = prefixed(std::move(draft).error(), parsed.events.size());
        }
        parsed.events.push_back(std::move(draft));
    }
    if (broken > 0 && broken == parsed.events.size()) return parsed.events[0].error();
    return parsed;
}

Result<EventDraft> EventParser::parse_one(std::string_view text) {
    if (text.size() > spec_.server.event_max)
        return fail(Code::kTooLarge, fmt::format("found an event of {} bytes, expected at most {}",
                                                 text.size(), spec_.server.event_max));
    VOLANT_TRY(json::Item root, document_.parse(text));
    VOLANT_TRY(EventDraft draft, read(root));
    VOLANT_OK(document_.finish());
    return draft;
}

Result<EventDraft> EventParser::read_bounded(json::Item item) {
    const std::size_t begin = document_.position();
    Result<EventDraft> draft = read(item);
    const std::size_t size = document_.position() - begin;
    if (draft.ok() && size > spec_.server.event_max)
        return fail(Code::kTooLarge, fmt::format("found an event of {} bytes, expected at most {}",
                                                 size, spec_.server.event_max));
    return draft;
}

Result<EventDraft> EventParser::read(json::Item item) {
    EventDraft draft;
    draft.entities.reserve(2);
    draft.properties.reserve(4);
    bool has_properties = false;
    bool listed = false;  // properties came as a list
    VOLANT_OK(item.shaped(
        kEventShape,
        [&](int field, json::Item value) -> Status {
            has_properties |= field == kProperties;
            return read_field(field, value, draft, listed);
        },
        [&](std::string_view key, json::Item value) { return read_entity(key, value, draft); }));
    const bool names = draft.type == "$unset";
    if (has_properties && listed != names)
        return fail(
            Code::kWrongType,
            names
                ? "found an object, expected the names of attributes: {\"properties\":[\"title\"]}"
                : "found a list, expected an object of values",
            "/properties");
    VOLANT_OK(apply_event_rules(spec_, draft));
    if (!draft.id_given) draft.id = fingerprints_.generate_event_id(random_);
    return draft;
}

Status EventParser::read_field(int field, json::Item item, EventDraft& draft, bool& listed) {
    switch (field) {
        case kEvent: {
            VOLANT_TRY(draft.type, item.string());
            return {};
        }
        case kId: {
            VOLANT_TRY(draft.id, item.id());
            draft.id_given = true;
            return {};
        }
        case kTime: {
            VOLANT_TRY(draft.time, item.time(spec_.zone));
            return {};
        }
        case kProperties:
            return read_properties(item, draft, listed);
        case kTo: {
            VOLANT_TRY(draft.to, item.id());
            return {};
        }
        case kStrict: {
            VOLANT_TRY(draft.strict, item.boolean());
            return {};
        }
    }
    return {};
}

Status EventParser::read_entity(std::string_view key, json::Item item, EventDraft& draft) {
    const int entity = spec_.entity_index(key);
    if (entity < 0) return unknown_field(key);
    VOLANT_TRY(const std::string_view id, item.id());
    draft.entities.push_back({entity, std::string(id)});
    return {};
}

Status EventParser::read_properties(json::Item item, EventDraft& draft, bool& listed) {
    listed = item.is_array();
    if (listed)
        return item.array([&](std::size_t, json::Item name) -> Status {
            VOLANT_TRY(const std::string_view text, name.string());
            draft.properties.emplace_back(std::string(text), Value());
            return {};
        });
    return item.object([&](std::string_view key, json::Item property) -> Status {
        VOLANT_TRY(Value value, property.value());
        draft.properties.emplace_back(std::string(key), std::move(value));
        return {};
    });
}

Error EventParser::unknown_field(std::string_view key) const {
    std::vector<std::string_view> known;
    for (const Field& field : kEventFields) known.push_back(field.name);
    for (const spec::EntityDecl& entity : spec_.entities) known.push_back(entity.name);
    return fail(Code::kUnknownField, fmt::format("unknown field {}", describe(Value(key))), {},
                name_hint(key, known));
}

}  // namespace volant::collect
