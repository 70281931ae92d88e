#include "collect/event_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "collect/complaints.h"
#include "core/bytes.h"
#include "core/nearest.h"
#include "core/text.h"

namespace volant::collect {
namespace {

// Lines that are indexed together.
constexpr std::size_t kLinesBytes = 64u << 10;

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

Error too_many(std::uint64_t max) {
    return fail(Code::kTooLarge,
                fmt::format("found more than {} events in one body, which is the most", max), {},
                "send them in several requests");
}

// As many lines from the front as fit into `bytes`, one at least.
std::string_view whole_lines(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    std::size_t end = text.rfind('\n', bytes - 1);
    if (end == std::string_view::npos) end = text.find('\n', bytes);
    return text.substr(0, std::min(end, text.size() - 1) + 1);
}

// Of the clear part, as is_clear() of the value's type says: known before the value is read.
bool goes_clear(json::Item property) {
    return property.is_number() || property.is_boolean();
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
                         std::uint64_t seed, const PublishedSchema* published)
    : spec_(spec), fingerprints_(fingerprints), published_(published), random_(seed) {}

Result<EventBody> EventParser::parse_body(std::string_view body, BodyForm form) {
    find_schema();
    if (form == BodyForm::kNdjson) return parse_lines(body);
    VOLANT_TRY(json::Item root, document_.parse(body));
    EventBody parsed;
    parsed.events.reserve(body.size());
    if (!root.is_array()) {
        Status read = read_bounded(root);
        if (read.ok()) VOLANT_OK(document_.finish());
        if (!read.ok() && is_broken_text(read.error().code)) return std::move(read).error();
        if (!read.ok()) {
            parsed.errors.emplace_back(0, std::move(read).error());
        } else {
            parsed.events.add(spec_, fingerprints_, 0, event_);
        }
        return parsed;
    }
    parsed.many = true;
    VOLANT_OK(root.elements([&](std::size_t index, json::Item item) -> Status {
        if (index >= spec_.server.elements_max) return too_many(spec_.server.elements_max);
        take(read_bounded(item), index, parsed);
        return {};
    }));
    VOLANT_OK(document_.finish());
    return parsed;
}

Result<EventBody> EventParser::parse_lines(std::string_view body) {
    EventBody parsed;
    parsed.many = true;
    parsed.events.reserve(body.size());
    std::size_t lines = 0, broken = 0;
    while (!body.empty()) {
        const std::string_view some = whole_lines(body, kLinesBytes);
        body.remove_prefix(some.size());
        VOLANT_OK(parse_lines(some, parsed, lines, broken));
    }
    if (broken > 0 && broken == lines) return std::move(parsed.errors[0].second);
    return parsed;
}

// They are indexed together. A line that is not read well that way is read by itself: its error is
// then its own, whatever its neighbours are.
Status EventParser::parse_lines(std::string_view text, EventBody& body, std::size_t& lines,
                                std::size_t& broken) {
    const bool indexed = lines_.index_lines(text);
    while (!text.empty()) {
        const std::size_t size = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
        if (line.empty()) continue;
        if (lines >= spec_.server.elements_max) return too_many(spec_.server.elements_max);
        bool is_read = false;
        if (indexed) {
            const bool well = line.size() <= spec_.server.event_max && read(lines_.line()).ok();
            is_read = lines_.end_line(line.data() + line.size()) && well;
        }
        Status alone = is_read ? Status{} : read_line(line);
        broken += !alone.ok() && is_broken_text(alone.error().code);
        take(std::move(alone), lines++, body);
    }
    return {};
}

void EventParser::take(Status read, std::size_t index, EventBody& body) {
    if (read.ok())
        return body.events.add(spec_, fingerprints_, static_cast<std::uint32_t>(index), event_);
    body.errors.emplace_back(index, std::move(read).error().at(fmt::format("/{}", index)));
}

void EventParser::find_schema() {
    if (published_ == nullptr) return;
    if (schema_ == nullptr || schema_->state() != published_->state()) schema_ = published_->get();
}

Result<EventDraft> EventParser::parse_one(std::string_view text) {
    VOLANT_OK(read_line(text));
    return draft_of(event_);
}

Status EventParser::read_line(std::string_view line) {
    if (line.size() > spec_.server.event_max)
        return fail(Code::kTooLarge, fmt::format("found an event of {} bytes, expected at most {}",
                                                 line.size(), spec_.server.event_max));
    VOLANT_TRY(json::Item root, document_.parse(line));
    VOLANT_OK(read(root));
    return document_.finish();
}

Status EventParser::read_bounded(json::Item item) {
    const std::size_t begin = document_.position();
    VOLANT_OK(read(item));
    const std::size_t size = document_.position() - begin;
    if (size <= spec_.server.event_max) return {};
    return fail(Code::kTooLarge, fmt::format("found an event of {} bytes, expected at most {}",
                                             size, spec_.server.event_max));
}

Status EventParser::read(json::Item item) {
    begin();
    if (!read_as_before(item)) {
        begin();
        VOLANT_OK(read_anew(item));
    }
    VOLANT_OK(apply_event_rules(spec_, event_, made_values_));
    if (!event_.is_usual) layouts_.learn(spec_, event_);
    if (!made_values_.empty()) event_.clear_properties = event_.sealed_properties = {};
    if (!event_.id_given) event_.id = made_id_ = fingerprints_.generate_event_id(random_);
    return {};
}

void EventParser::begin() {
    event_.clear();
    clear_.clear();
    sealed_.clear();
    places_.clear();
    long_integers_.clear();
    made_values_.clear();
    keys_.clear();
    has_properties_ = listed_ = false;
}

// The keys that an event had before, in their order.
bool EventParser::read_as_before(json::Item item) {
    if (before_.names.empty()) return false;
    const bool read = item.object_of(before_.names, [this](std::size_t i, json::Item value) {
        return read_key(before_.keys[i], value).ok();
    });
    if (!read || !has_expected_properties().ok() || !long_integers_.empty()) return false;
    find_values();
    before_.misses = 0;
    return true;
}

Status EventParser::read_anew(json::Item item) {
    VOLANT_OK(item.shaped(
        kEventShape,
        [this](int field, json::Item value) {
            keys_.push_back({field, kNoKey});
            return read_key(keys_.back(), value);
        },
        [this](std::string_view name, json::Item value) -> Status {
            const int entity = spec_.entity_index(name);
            if (entity < 0) return unknown_field(name);
            keys_.push_back({kNoKey, entity});
            return read_key(keys_.back(), value);
        }));
    VOLANT_OK(has_expected_properties());
    VOLANT_OK(check_long_integers());
    find_values();
    learn_keys();
    return {};
}

Status EventParser::has_expected_properties() const {
    const bool names = event_.type == "$unset";
    if (!has_properties_ || listed_ == names) return {};
    return fail(Code::kWrongType,
                names ? "found an object, expected the names of attributes: "
                        "{\"properties\":[\"title\"]}"
                      : "found a list, expected an object of values",
                "/properties");
}

void EventParser::learn_keys() {
    if (!before_.names.empty() && ++before_.misses < 2) return;
    before_ = {};
    before_.keys = keys_;
    for (const Key& key : keys_)
        before_.names.emplace_back(key.field != kNoKey
                                       ? kEventFields[key.field].name
                                       : spec_.entities[static_cast<std::size_t>(key.entity)].name);
}

Status EventParser::read_key(Key key, json::Item item) {
    if (key.field != kNoKey) return read_field(key.field, item);
    VOLANT_TRY(const std::string_view id, item.id());
    event_.entities.push_back(
        {key.entity, id, kNoEntity, spec_.entities[static_cast<std::size_t>(key.entity)].name});
    return {};
}

Status EventParser::read_field(int field, json::Item item) {
    switch (field) {
        case kEvent: {
            VOLANT_TRY(event_.type, item.string());
            return {};
        }
        case kId: {
            VOLANT_TRY(event_.id, item.id());
            event_.id_given = true;
            return {};
        }
        case kTime: {
            VOLANT_TRY(event_.event_time, item.time(spec_.zone));
            event_.time_given = true;
            return {};
        }
        case kProperties:
            has_properties_ = true;
            return read_properties(item);
        case kTo: {
            VOLANT_TRY(event_.to, item.id());
            return {};
        }
        case kStrict: {
            VOLANT_TRY(event_.strict, item.boolean());
            return {};
        }
    }
    return {};
}

Status EventParser::read_properties(json::Item item) {
    listed_ = item.is_array();
    if (listed_) return read_names(item);
    Layout* const layout = layouts_.likely(event_.type, schema_.get());
    if (layout != nullptr && read_usual(*layout, item)) return {};
    clear_.clear();
    sealed_.clear();
    BytesWriter clear(clear_), sealed(sealed_);
    return item.object([&](std::string_view name, json::Item property) -> Status {
        const bool is_clear = goes_clear(property);
        BytesWriter& out = is_clear ? clear : sealed;
        out.string(name);
        const std::size_t begin = out.buffer().size();
        Status written = property.write_value(out);
        if (!written.ok()) [[unlikely]] {
            if (property.type() != Type::kInt) return written;
            VOLANT_TRY(const double number, property.number());
            out.value(number);
            long_integers_.emplace_back(name, std::move(written).error());
        }
        add(name, is_clear, begin);
        return {};
    });
}

// Of $unset.
Status EventParser::read_names(json::Item item) {
    BytesWriter sealed(sealed_);
    return item.array([&](std::size_t, json::Item name) -> Status {
        VOLANT_TRY(const std::string_view text, name.string());
        sealed.string(text);
        const std::size_t begin = sealed_.size();
        sealed.value({});
        add(text, false, begin);
        return {};
    });
}

void EventParser::add(std::string_view name, bool is_clear, std::size_t begin) {
    const Bytes& bytes = is_clear ? clear_ : sealed_;
    event_.properties.push_back({name, {}});
    places_.push_back({&bytes, begin, bytes.size()});
    ++(is_clear ? event_.clear_properties : event_.sealed_properties).count;
}

// False if the properties are others; then they are to be read in another way.
bool EventParser::read_usual(Layout& layout, json::Item item) {
    BytesWriter clear(clear_), sealed(sealed_);
    std::size_t clear_count = 0;
    const bool usual = item.object_of(layout.names, [&](std::size_t i, json::Item property) {
        const bool is_clear = goes_clear(property);
        BytesWriter& out = is_clear ? clear : sealed;
        out.buffer().append(layout.heads[i]);
        const std::size_t begin = out.buffer().size();
        if (!property.write_value(out).ok()) return false;
        clear_count += is_clear;
        return (layout.usual[i] >> static_cast<unsigned>(out.buffer()[begin]) & 1) != 0;
    });
    if (!usual) return false;
    layout.misses = 0;
    event_.is_usual = true;
    event_.schema = layout.schema;
    event_.clear_properties.count = clear_count;
    event_.sealed_properties.count = layout.names.size() - clear_count;
    return true;
}

// Some languages write 1e19 without its exponent; which event it is may stand behind.
Status EventParser::check_long_integers() const {
    for (const auto& [name, error] : long_integers_) {
        const int event = spec_.event_index(event_.type);
        const spec::EventDecl* declared =
            event < 0 ? nullptr : &spec_.events[static_cast<std::size_t>(event)];
        const int index = declared == nullptr ? -1 : declared->property_index(name);
        if (index >= 0 &&
            spec::stored_type(declared->properties[static_cast<std::size_t>(index)].type) ==
                Type::kDouble)
            continue;
        return Error(error).at(property_pointer(name));
    }
    return {};
}

// Once clear_ and sealed_ stay where they are.
void EventParser::find_values() {
    EventView::Stored& clear = event_.clear_properties;
    EventView::Stored& sealed = event_.sealed_properties;
    clear.bytes = clear_.view();
    sealed.bytes = sealed_.view();
    if (event_.is_usual) {
        event_.properties.read_later(clear.count, clear.bytes);
        event_.properties.read_later(sealed.count, sealed.bytes);
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const Place& place = places_[i];
        event_.properties[i].encoded =
            place.in->view().substr(place.begin, place.end - place.begin);
    }
}

Error EventParser::unknown_field(std::string_view key) const {
    std::vector<std::string_view> known;
    for (const Field& field : kEventFields) known.push_back(field.name);
    for (const spec::EntityDecl& entity : spec_.entities) known.push_back(entity.name);
    std::string hint = name_hint(key, known);
    if (!nearest(key, known))
        hint += "; what else is to be said of the event goes into \"properties\"";
    return fail(Code::kUnknownField, fmt::format("unknown field {}", describe(Value(key))), {},
                std::move(hint));
}

}  // namespace volant::collect
