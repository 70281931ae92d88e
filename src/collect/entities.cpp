#include "collect/entities.h"

#include <fmt/format.h>

#include "collect/attributes.h"
#include "collect/id_table.h"
#include "collect/links.h"
#include "core/bytes.h"
#include "core/hash.h"

namespace volant::collect {
namespace {

constexpr std::uint8_t kEntitiesVersion = 1;

// One entity's part of the state.
struct IdsOfKind {
    IdsOfKind(std::size_t ids_max, std::vector<bool> keyed)
        : ids(ids_max), attributes(std::move(keyed)) {}
    IdTable ids;
    Attributes attributes;
    Links links;
};

std::vector<bool> keyed_attributes(const spec::Spec& spec, std::size_t entity) {
    std::vector<bool> keyed(spec.entities[entity].attributes.size());
    for (const spec::FeatureDecl& feature : spec.features)
        for (const spec::KeyPart& part : feature.by)
            if (part.entity == static_cast<int>(entity) && part.attribute >= 0)
                keyed[static_cast<std::size_t>(part.attribute)] = true;
    return keyed;
}

std::vector<IdsOfKind> empty_kinds(const spec::Spec& spec) {
    std::vector<IdsOfKind> kinds;
    kinds.reserve(spec.entities.size());
    for (std::size_t i = 0; i < spec.entities.size(); ++i)
        kinds.emplace_back(spec.server.entities_max, keyed_attributes(spec, i));
    return kinds;
}

// Of everything in the specification that the state's shape depends on.
std::uint64_t shape_digest(const spec::Spec& spec) {
    std::string text;
    Writer out(text);
    out.varint(spec.server.entities_max);
    for (std::size_t i = 0; i < spec.entities.size(); ++i) {
        out.string(spec.entities[i].name);
        for (const spec::FieldDecl& attribute : spec.entities[i].attributes) {
            out.string(attribute.name);
            out.u8(static_cast<std::uint8_t>(attribute.type));
        }
        for (const bool keyed : keyed_attributes(spec, i)) out.u8(keyed);
    }
    return hash64(text);
}

std::string text_of(const EventView& event, std::string_view property) {
    const Property* found = event.property(property);
    if (!found) return {};
    const Value value = found->value();
    return value.string() ? *value.string() : std::string();
}

}  // namespace

struct Entities::State {
    explicit State(const spec::Spec& of) : spec(of), kinds(empty_kinds(of)) {}

    const spec::Spec& spec;
    std::vector<IdsOfKind> kinds;

    IdsOfKind& kind(int entity) { return kinds[static_cast<std::size_t>(entity)]; }
    const IdsOfKind& kind(int entity) const { return kinds[static_cast<std::size_t>(entity)]; }

    void forget(int entity, EntityIndex index, Effects& effects) {
        if (index == kNoEntity) return;
        kind(entity).attributes.erase(index);
        kind(entity).links.erase(index);
        effects.gone.push_back({entity, index});
    }

    EntityIndex intern(int entity, std::string_view id, EntityIndex keep, Effects& effects) {
        return intern(entity, id, hash64(id), keep, effects);
    }
    EntityIndex intern(int entity, std::string_view id, std::uint64_t hash, EntityIndex keep,
                       Effects& effects) {
        const IdTable::Interned interned = kind(entity).ids.intern(id, hash, keep);
        forget(entity, interned.evicted, effects);
        return interned.index;
    }

    void fetch(EventView& event) {
        for (EntityUse& use : event.entities) {
            use.hash = hash64(use.id);
            if (use.entity >= 0) kind(use.entity).ids.fetch_entry(use.hash);
        }
        for (const EntityUse& use : event.entities)
            if (use.entity >= 0) kind(use.entity).ids.fetch_slot(use.hash);
    }

    void assign(const EventView& event, const EntityUse& use) {
        const spec::EntityDecl& declared = spec.entities[static_cast<std::size_t>(use.entity)];
        for (const Property& property : event.properties) {
            const int attribute = declared.attribute_index(property.name);
            if (attribute < 0) continue;
            kind(use.entity)
                .attributes.write(use.index, static_cast<std::size_t>(attribute), property.value(),
                                  {event.event_time, event.lsn});
        }
    }

    // A $delete that comes after a later event of this id takes away only what was older than
    // itself.
    void remove(const EventView& event, const EntityUse& use, Effects& effects) {
        IdsOfKind& here = kind(use.entity);
        const bool last_word = here.ids.mark(use.index, event.event_time, false);
        if (last_word) forget(use.entity, use.index, effects);
        here.attributes.write_nulls(use.index, {event.event_time, event.lsn});
    }

    void link(const EventView& event, const EntityUse& use, Effects& effects) {
        const std::string relation = text_of(event, "relation");
        const EntityIndex target = intern(use.entity, event.to, use.index, effects);
        kind(use.entity).ids.mark(target, event.event_time, true);
        kind(use.entity).links.add(use.index, relation, target, event.lsn);
    }

    void unlink(const EventView& event, const EntityUse& use) {
        const EntityIndex target = kind(use.entity).ids.find(event.to);
        if (target != kNoEntity)
            kind(use.entity).links.remove(use.index, text_of(event, "relation"), target);
    }

    void identify(const EventView& event, const EntityUse& use, Effects& effects) {
        const std::string anonymous = text_of(event, "anonymous");
        if (anonymous.empty() || anonymous.size() > TextArena::kTextMax) return;
        IdsOfKind& here = kind(use.entity);
        const IdTable::Joined joined = here.ids.join(anonymous, use.index);
        forget(use.entity, joined.evicted, effects);
        if (joined.from == kNoEntity) return;
        here.attributes.join(joined.from, use.index);
        here.links.join(joined.from, use.index);
        effects.merges.push_back({use.entity, joined.from, use.index});
    }
};

Entities::Entities(const spec::Spec& spec) : state_(std::make_unique<State>(spec)) {}
Entities::~Entities() = default;

void Entities::observe(EventView& event, Effects& effects) {
    effects.clear();
    const bool deletes = event.type == "$delete";
    state_->fetch(event);
    for (EntityUse& use : event.entities) {
        if (use.entity < 0) continue;  // no longer declared
        use.index = state_->intern(use.entity, use.id, use.hash, kNoEntity, effects);
        if (!deletes) state_->kind(use.entity).ids.mark(use.index, event.event_time, true);
    }
    if (!event.type.starts_with('$') || event.entities.empty() || event.entities[0].entity < 0)
        return;

    const EntityUse& use = event.entities[0];
    if (event.type == "$set" || event.type == "$unset") return state_->assign(event, use);
    if (deletes) return state_->remove(event, use, effects);
    if (event.type == "$link") return state_->link(event, use, effects);
    if (event.type == "$unlink") return state_->unlink(event, use);
    if (event.type == "$identify") return state_->identify(event, use, effects);
}

EntityIndex Entities::find(int entity, std::string_view id) const {
    return state_->kind(entity).ids.find(id);
}

EntityIndex Entities::intern(int entity, std::string_view id, Effects& effects) {
    return state_->intern(entity, id, kNoEntity, effects);
}

std::string_view Entities::id(int entity, EntityIndex index) const {
    return state_->kind(entity).ids.id(index);
}

std::vector<std::string_view> Entities::names(int entity, EntityIndex index) const {
    return state_->kind(entity).ids.names(index);
}

const Value* Entities::attribute(int entity, EntityIndex index, int attribute) const {
    return state_->kind(entity).attributes.find(index, static_cast<std::size_t>(attribute));
}

std::uint32_t Entities::attribute_key(int entity, EntityIndex index, int attribute) const {
    return state_->kind(entity).attributes.key(index, static_cast<std::size_t>(attribute));
}

std::span<const EntityIndex> Entities::links(int entity, EntityIndex index,
                                             std::string_view relation) const {
    return state_->kind(entity).links.find(index, relation);
}

std::vector<EntityIndex> Entities::live(int entity, std::size_t limit) const {
    return state_->kind(entity).ids.live(limit);
}

std::size_t Entities::count(int entity) const {
    return state_->kind(entity).ids.live_count();
}

std::size_t Entities::bound(int entity) const {
    return state_->kind(entity).ids.bound();
}

void Entities::stream(Pieces& out) const {
    out.writer().u8(kEntitiesVersion);
    out.writer().u64(shape_digest(state_->spec));
    for (const IdsOfKind& kind : state_->kinds) {
        kind.ids.stream(out);
        kind.attributes.stream(out);
        kind.links.snapshot(out.writer());
    }
}

void Entities::snapshot(std::string& out) const {
    append_pieces(out, [this](Pieces& pieces) { stream(pieces); });
}

Status Entities::take_over(std::string_view in, const spec::Spec& before) {
    Entities old(before);
    VOLANT_OK(old.restore(in));
    state_ = std::make_unique<State>(state_->spec);
    const spec::Spec& spec = state_->spec;
    for (std::size_t i = 0; i < spec.entities.size(); ++i) {
        const spec::EntityDecl& declared = spec.entities[i];
        const int from = before.entity_index(declared.name);
        if (from < 0) continue;
        IdsOfKind& kind = state_->kinds[i];
        IdsOfKind& taken = old.state_->kind(from);
        if (taken.ids.bound() > std::max<std::size_t>(2, spec.server.entities_max))
            return fail(Code::kInvalidSpec,
                        fmt::format("server.entities_max: found {}, expected at least {}: so many "
                                    "ids of `{}` are in the snapshot at the log's horizon",
                                    spec.server.entities_max, taken.ids.bound(), declared.name));
        std::vector<int> attributes;
        for (const spec::FieldDecl& attribute : declared.attributes)
            attributes.push_back(
                before.entities[static_cast<std::size_t>(from)].attribute_index(attribute.name));
        kind.ids.take_over(std::move(taken.ids));
        kind.attributes.take_over(std::move(taken.attributes), attributes);
        kind.links = std::move(taken.links);
    }
    return {};
}

Status Entities::restore(std::string_view in) {
    state_ = std::make_unique<State>(state_->spec);
    Cursor cursor(in);
    if (cursor.u8() != kEntitiesVersion)
        return fail(Code::kCorrupt, "entities snapshot: unknown version");
    if (cursor.u64() != shape_digest(state_->spec))
        return fail(Code::kConflict,
                    "entities snapshot: it was taken under other entities or another bound");
    for (std::size_t i = 0; i < state_->kinds.size(); ++i) {
        IdsOfKind& kind = state_->kinds[i];
        if (!kind.ids.restore(cursor) || !kind.attributes.restore(cursor) ||
            !kind.links.restore(cursor, kind.ids.bound()))
            return fail(Code::kCorrupt,
                        fmt::format("entities snapshot: the ids of `{}` do not hold together",
                                    state_->spec.entities[i].name));
    }
    if (!cursor.done()) return fail(Code::kCorrupt, "entities snapshot: bytes are left over");
    return {};
}

}  // namespace volant::collect
