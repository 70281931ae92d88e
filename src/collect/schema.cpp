#include "collect/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "collect/complaints.h"
#include "core/bytes.h"
#include "core/hash.h"
#include "core/text.h"

namespace volant::collect {
namespace {

constexpr std::uint8_t kSchemaVersion = 1;
constexpr std::size_t kSlotsMin = 64;
constexpr std::string_view kSet = "$set";
constexpr std::string_view kLink = "$link";
constexpr std::string_view kRelationProperty = "relation";
constexpr std::string_view kNullValue("\0", 1);  // encoded

bool is_scope(std::string_view scope, std::string_view event, std::string_view entity) {
    if (entity.empty()) return scope == event;
    return scope.size() == event.size() + 1 + entity.size() && scope.starts_with(event) &&
           scope[event.size()] == ' ' && scope.ends_with(entity);
}

std::string scope_text(std::string_view event, std::string_view entity) {
    return entity.empty() ? std::string(event) : fmt::format("{} {}", event, entity);
}

// Whether a value of type `found` may stand where `known` does.
bool accepts(Type known, bool declared, Type found) {
    if (known == Type::kNull || known == found) return true;
    if (found == Type::kInt && known == Type::kDouble) return true;
    return found == Type::kDouble && known == Type::kInt && !declared;
}

// The event has properties whose types are kept.
bool is_typed(std::string_view event) {
    return !event.starts_with('$') || event == kSet;
}

}  // namespace

Schema::Schema(const spec::Spec& spec, std::size_t names_max)
    : spec_(spec), names_max_(names_max), next_(spec.events.size()) {
    for (const spec::EventDecl& event : spec.events)
        for (const spec::FieldDecl& field : event.properties)
            add(place(scope(event.name), field.name), spec::stored_type(field.type), true);
    for (const spec::EntityDecl& entity : spec.entities)
        for (const spec::FieldDecl& field : entity.attributes)
            add(place(scope(kSet, entity.name), field.name), spec::stored_type(field.type), true);
    declared_ = entries_.size();
}

Schema::Scope Schema::scope(std::string_view event, std::string_view entity) {
    return {event, entity, hash64(event, entity.empty() ? 0 : hash64(entity, 1))};
}

Schema::Place Schema::place(const Scope& scope, std::string_view name) {
    return {scope, name, hash64(name, scope.hash)};
}

const Schema::Entry* Schema::find(const Place& place) const {
    if (slots_.empty()) return nullptr;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = place.hash & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const std::size_t index = slots_[slot] - 1;
        const Entry& entry = entries_[index];
        if (hashes_[index] == place.hash && entry.name == place.name &&
            is_scope(entry.scope, place.scope.event, place.scope.entity))
            return &entry;
    }
    return nullptr;
}

void Schema::add(const Place& place, Type type, bool declared) {
    ++state_;
    entries_.push_back({scope_text(place.scope.event, place.scope.entity), std::string(place.name),
                        type, declared});
    hashes_.push_back(place.hash);
    next_.push_back(0);
    if (entries_.size() * 2 > slots_.size()) return rehash(std::max(kSlotsMin, slots_.size() * 2));
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = place.hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(entries_.size());
}

void Schema::rehash(std::size_t slots) {
    slots_.assign(slots, 0);
    for (std::size_t i = 0; i < hashes_.size(); ++i) {
        std::size_t slot = hashes_[i] & (slots - 1);
        while (slots_[slot] != 0) slot = (slot + 1) & (slots - 1);
        slots_[slot] = static_cast<std::uint32_t>(i + 1);
    }
}

// Where in next_ the first name of the event stands, and the one behind an entry; its size:
// nowhere.
std::size_t Schema::start(const EventView& event) const {
    return event.event < 0 ? next_.size() : static_cast<std::size_t>(event.event);
}

std::size_t Schema::behind(const Entry* entry) const {
    if (entry == nullptr) return next_.size();
    return spec_.events.size() + static_cast<std::size_t>(entry - entries_.data());
}

const Schema::Entry* Schema::next(std::size_t place, std::string_view name) const {
    if (place == next_.size() || next_[place] == 0) return nullptr;
    const Entry& entry = entries_[next_[place] - 1];
    return same_text(entry.name, name) ? &entry : nullptr;
}

Status Schema::check_one(const Scope& scope, const Property& property, const Entry* entry,
                         Batch* batch) const {
    const Type type = property.type();
    if (entry && !batch && (type == Type::kNull || accepts(entry->type, entry->declared, type)))
        return {};
    const Place place = Schema::place(scope, property.name);
    const auto pending = batch ? batch->types_.find(place.hash) : decltype(batch->types_.end()){};
    const bool is_pending = batch && pending != batch->types_.end();
    const auto label = [&] {
        return property_label(place.scope.event, place.scope.entity, place.name);
    };
    if (!entry && !is_pending) {
        const std::size_t names = entries_.size() - declared_ + (batch ? batch->new_names_ : 0);
        if (names >= names_max_)
            return fail(
                Code::kOutOfRange,
                fmt::format("{} is a new name, and {} undeclared names are known already, which is "
                            "the most that are kept",
                            label(), names),
                property_pointer(place.name), "declare it in volant.yaml");
        if (batch) {
            batch->types_.emplace(place.hash, type);
            ++batch->new_names_;
        }
        return {};
    }
    const Type known = is_pending ? pending->second : entry->type;
    const bool declared = entry && entry->declared;
    if (type == Type::kNull) return {};
    if (!accepts(known, declared, type))
        return contradicts(label(), declared ? "declared" : "so far", type_name(known),
                           property.value(), place.name);
    if (batch && (known == Type::kNull || type == Type::kDouble) && !declared)
        batch->types_[place.hash] = type;
    return {};
}

Status Schema::check(EventView& event, Batch* batch) const {
    if (event.type == kLink) {
        const Property* relation = event.property(kRelationProperty);
        const Value value = relation ? relation->value() : Value{};
        if (!value.string()) return {};
        const Scope here = scope(kLink);
        const Entry* entry = find(place(here, *value.string()));
        Status status = check_one(here, {*value.string(), kNullValue}, entry, batch);
        if (status.ok()) return {};
        return fail(status.error().code, status.error().message, "/properties/relation");
    }
    if (!is_typed(event.type)) return {};
    std::string_view entity;
    if (event.type == kSet && !event.entities.empty()) entity = event.entities[0].name;
    const Scope here = scope(event.type, entity);
    std::size_t at = start(event);
    bool is_new = false;
    for (const Property& property : event.properties) {
        const Entry* entry = next(at, property.name);
        is_new |= entry == nullptr || !adds_nothing(*entry, property.type());
        if (entry == nullptr) entry = find(place(here, property.name));
        VOLANT_OK(check_one(here, property, entry, batch));
        at = behind(entry);
    }
    if (!is_new) event.schema = state_;
    return {};
}

bool Schema::adds_nothing(const Entry& known, Type type) {
    return known.declared || known.type == type ||
           (known.type != Type::kNull && !(known.type == Type::kInt && type == Type::kDouble));
}

std::uint8_t Schema::settled(std::string_view event, std::string_view name) const {
    const Entry* entry = find(place(scope(event), name));
    unsigned types = 0;
    for (unsigned number = 0; entry != nullptr && number <= static_cast<unsigned>(Type::kList);
         ++number) {
        const Type type = static_cast<Type>(number);
        const bool accepted = type == Type::kNull || accepts(entry->type, entry->declared, type);
        if (accepted && adds_nothing(*entry, type)) types |= 1u << number;
    }
    return static_cast<std::uint8_t>(types);
}

void Schema::note(const Entry& known, Type type) {
    if (adds_nothing(known, type)) return;
    entries_[static_cast<std::size_t>(&known - entries_.data())].type = type;
    ++state_;
}

// nullptr past the bound.
const Schema::Entry* Schema::note(const Place& place, Type type) {
    if (const Entry* known = find(place)) {
        note(*known, type);
        return known;
    }
    if (entries_.size() - declared_ >= names_max_) return nullptr;
    add(place, type, false);
    return &entries_.back();
}

void Schema::observe(const EventView& event) {
    if (event.schema == state_) return;
    if (event.type == kLink) {
        const Property* relation = event.property(kRelationProperty);
        if (relation)
            if (const Value value = relation->value(); value.string())
                (void)note(place(scope(kLink), *value.string()), Type::kNull);
        return;
    }
    if (!is_typed(event.type)) return;
    std::string_view entity;
    if (event.type == kSet && !event.entities.empty()) entity = event.entities[0].name;
    const Scope here = scope(event.type, entity);
    std::size_t at = start(event);
    for (const Property& property : event.properties) {
        const bool somewhere = at != next_.size();
        const Entry* entry = next(at, property.name);
        if (entry != nullptr) {
            note(*entry, property.type());
        } else {
            entry = note(place(here, property.name), property.type());
            if (somewhere && entry != nullptr)
                next_[at] = static_cast<std::uint32_t>(entry - entries_.data()) + 1;
        }
        at = behind(entry);
    }
}

void Schema::snapshot(std::string& out) const {
    Writer writer(out);
    writer.u8(kSchemaVersion);
    writer.varint(entries_.size() - declared_);
    for (std::size_t i = declared_; i < entries_.size(); ++i) {
        writer.string(entries_[i].scope);
        writer.string(entries_[i].name);
        writer.u8(static_cast<std::uint8_t>(entries_[i].type));
    }
}

Status Schema::restore(std::string_view in) {
    ++state_;
    entries_.resize(declared_);
    hashes_.resize(declared_);
    next_.assign(spec_.events.size() + declared_, 0);
    rehash(std::bit_ceil(std::max(kSlotsMin, declared_ * 2)));

    Cursor cursor(in);
    if (cursor.u8() != kSchemaVersion)
        return fail(Code::kCorrupt, "schema snapshot: unknown version");
    const std::uint64_t count = cursor.varint();
    for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
        const std::string_view text = cursor.string();
        const std::string_view name = cursor.string();
        const std::uint8_t type = cursor.u8();
        if (type > static_cast<std::uint8_t>(Type::kList)) cursor.bad();
        if (!cursor.ok()) break;
        const std::size_t space = text.starts_with("$set ") ? kSet.size() : text.size();
        const std::string_view entity =
            space < text.size() ? text.substr(space + 1) : std::string_view{};
        const Place where = place(scope(text.substr(0, space), entity), name);
        if (!find(where)) add(where, static_cast<Type>(type), false);
    }
    if (!cursor.ok() || !cursor.done()) return fail(Code::kCorrupt, "schema snapshot: cut short");
    return {};
}

}  // namespace volant::collect
