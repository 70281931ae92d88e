#include "features/feature_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "features/condition.h"
#include "features/plan.h"
#include "features/window.h"

namespace volant::features {
namespace {

using collect::EntityIndex;
using collect::kLinksMax;
using collect::kNoEntity;

constexpr std::uint8_t kFormat = 1;

EntityIndex key_of(const Keys& keys, int entity) {
    const auto index = static_cast<std::size_t>(entity);
    return index < keys.size() ? keys[index] : kNoEntity;
}

}  // namespace

struct FeatureStore::State {
    State(const spec::Spec& s, const collect::Entities& e) : spec(s), entities(e), plan(s) {}

    const spec::Spec& spec;
    const collect::Entities& entities;
    Plan plan;
    Arena arena;
    std::uint64_t dropped_late = 0;

    // Of the event at hand.
    struct Found {
        bool named;  // whether the event names every part of the key
        Key key;
    };
    std::vector<Datum> datums;  // by EventPlan::properties
    std::vector<Found> found;   // by EventPlan::groups

    // --- writing -------------------------------------------------------------------------------

    std::uint32_t part(spec::KeyPart part, EntityIndex index) const {
        if (part.attribute < 0 || index == kNoEntity) return index;
        return entities.attribute_key(part.entity, index, part.attribute);
    }

    // False when the event (or the decision) does not name every part.
    template <class IndexOf>
    bool make_key(const KeyGroup& group, IndexOf&& index_of, Key& out) const {
        const std::vector<spec::KeyPart>& by = group.by();
        out.first = part(by[0], index_of(by[0].entity));
        if (by.size() > 1) out.second = part(by[1], index_of(by[1].entity));
        return out.first != kNoPart && (by.size() == 1 || out.second != kNoPart);
    }

    // Fills in what the touch's class takes; false when the event cannot give it or is not wanted.
    bool sample(const Touch& touch, const collect::EventView& event, Datum& id, Sample& out) const {
        for (const auto& [property, condition] : touch.where) {
            if (!passes(condition, datums[static_cast<std::size_t>(property)])) return false;
        }
        out.source = touch.source;
        out.number = 1;
        out.datum = nullptr;
        if (touch.property >= 0) out.datum = &datums[static_cast<std::size_t>(touch.property)];
        if (touch.entity >= 0) {
            const collect::EntityUse* use = event.entity(touch.entity);
            if (use == nullptr || use->index == kNoEntity) return false;
            id = datum_of_id(entities.id(touch.entity, use->index));
            out.datum = &id;
        }
        if (out.datum != nullptr && out.datum->type == Type::kNull) return false;
        switch (touch.takes) {
            case Takes::kNothing:
                return true;
            case Takes::kNumber:
                if (out.datum == nullptr) return true;
                out.number = out.datum->number;
                return out.datum->is_number();
            case Takes::kIdentity:
                if (out.datum == nullptr) return false;
                out.identity = identity_of(*out.datum);
                return true;
            case Takes::kValue:
                return out.datum != nullptr;
        }
        return false;
    }

    // The event's key in each group of the plan, found before anything is folded: the lookups then
    // wait for memory together, not one after another.
    void find_keys(const EventPlan& plan_of_event, const collect::EventView& event) {
        found.resize(plan_of_event.groups.size());
        const auto index_of = [&](int entity) {
            const collect::EntityUse* use = event.entity(entity);
            return use == nullptr ? kNoEntity : use->index;
        };
        for (std::size_t i = 0; i < found.size(); ++i) {
            const KeyGroup& group = plan.groups[plan_of_event.groups[i].group];
            found[i].named = make_key(group, index_of, found[i].key);
            if (found[i].named) group.prefetch(found[i].key);
        }
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!found[i].named) continue;
            const std::byte* slot = plan.groups[plan_of_event.groups[i].group].find(found[i].key);
            if (slot == nullptr) continue;
            __builtin_prefetch(slot);
            __builtin_prefetch(slot + 64);
        }
    }

    void fold(const EventPlan::Group& touched, const Key& key, const collect::EventView& event,
              Sample& out) {
        KeyGroup& group = plan.groups[touched.group];
        std::byte* state = nullptr;  // no slot for an event that no condition lets through
        for (const Touch& touch : touched.touches) {
            Datum id;
            if (!sample(touch, event, id, out)) continue;
            if (state == nullptr) state = group.touch(key, arena);
            const Accumulator& accumulator = group.accumulator(touch.column);
            if (!accumulator.observe(state + group.offset(touch.column), out, arena))
                ++dropped_late;
        }
    }

    // --- reading -------------------------------------------------------------------------------

    Value attribute(const Reading& reading, EntityIndex index) const {
        if (reading.attribute.entity < 0 || reading.attribute.attribute < 0 || index == kNoEntity)
            return {};
        const Value* value =
            entities.attribute(reading.attribute.entity, index, reading.attribute.attribute);
        return value == nullptr ? Value{} : *value;
    }

    const std::byte* find(const KeyGroup& group, const Keys& keys) const {
        Key key;
        const auto index_of = [&](int entity) { return key_of(keys, entity); };
        return make_key(group, index_of, key) ? group.find(key) : nullptr;
    }

    Value read_state(const Reading& reading, const std::byte* slot, Micros at) const {
        const KeyGroup& group = plan.groups[static_cast<std::size_t>(reading.group)];
        const Accumulator& accumulator = group.accumulator(reading.column);
        if (slot == nullptr) return accumulator.read({}, at, arena);
        const std::byte* state = slot + group.offset(reading.column);
        return accumulator.read({&state, 1}, at, arena);
    }

    // The states of the linked entities in the order of the links, each with the second key as it
    // is.
    Value read_linked(const Reading& reading, const Keys& keys, Micros at) const {
        const KeyGroup& group = plan.groups[static_cast<std::size_t>(reading.group)];
        const std::vector<spec::KeyPart>& by = group.by();
        std::array<const std::byte*, kLinksMax> states;
        std::size_t count = 0;
        const EntityIndex from = key_of(keys, by[0].entity);
        Key key;
        if (by.size() > 1) key.second = part(by[1], key_of(keys, by[1].entity));
        if (from != kNoEntity && (by.size() == 1 || key.second != kNoPart)) {
            for (const EntityIndex linked : entities.links(by[0].entity, from, reading.through)) {
                key.first = part(by[0], linked);
                if (key.first == kNoPart || count == states.size()) continue;
                const std::byte* slot = group.find(key);
                if (slot != nullptr) states[count++] = slot + group.offset(reading.column);
            }
        }
        return group.accumulator(reading.column).read({states.data(), count}, at, arena);
    }

    Value read(const Reading& reading, const Keys& keys, Micros at) const {
        if (reading.group < 0) return attribute(reading, key_of(keys, reading.attribute.entity));
        if (!reading.through.empty()) return read_linked(reading, keys, at);
        return read_state(reading, find(plan.groups[static_cast<std::size_t>(reading.group)], keys),
                          at);
    }

    bool depends_on(const Reading& reading, int entity) const {
        if (reading.group < 0) return reading.attribute.entity == entity;
        const auto& by = plan.groups[static_cast<std::size_t>(reading.group)].by();
        return std::any_of(by.begin(), by.end(),
                           [&](spec::KeyPart p) { return p.entity == entity; });
    }

    void find_all(const KeyGroup& group, Keys keys, int varying,
                  std::span<const EntityIndex> candidates,
                  std::vector<const std::byte*>& out) const {
        out.resize(candidates.size());
        for (std::size_t row = 0; row < candidates.size(); ++row) {
            keys[static_cast<std::size_t>(varying)] = candidates[row];
            out[row] = find(group, keys);
            __builtin_prefetch(out[row]);
        }
    }
};

FeatureStore::FeatureStore(const spec::Spec& spec, const collect::Entities& entities)
    : state_(std::make_unique<State>(spec, entities)) {}
FeatureStore::~FeatureStore() = default;

void FeatureStore::observe(const collect::EventView& event, const collect::Effects& effects) {
    follow(effects);
    State& state = *state_;
    const EventPlan* plan = state.plan.of(event);
    if (plan == nullptr) return;
    state.datums.clear();
    for (const std::string& name : plan->properties) {
        const collect::EventView::Property* property = event.property(name);
        state.datums.push_back(property == nullptr ? Datum{} : read_datum(property->encoded));
    }
    Sample sample;
    sample.time = std::min(event.event_time, event.known_at);
    sample.lsn = event.lsn;
    state.find_keys(*plan, event);
    for (std::size_t i = 0; i < plan->groups.size(); ++i) {
        if (state.found[i].named) state.fold(plan->groups[i], state.found[i].key, event, sample);
    }
}

// The gone first: an index that an eviction has set free may be the one that is merged.
void FeatureStore::follow(const collect::Effects& effects) {
    for (const collect::Effects::Gone& gone : effects.gone) {
        for (KeyGroup& group : state_->plan.groups)
            group.forget(gone.entity, gone.index, state_->arena);
    }
    for (const collect::Effects::Merge& merge : effects.merges) {
        for (KeyGroup& group : state_->plan.groups) {
            group.merge(merge.entity, merge.from, merge.into, state_->arena);
        }
    }
}

Value FeatureStore::read(int feature, const Keys& keys, Micros at) const {
    return state_->read(state_->plan.readings[static_cast<std::size_t>(feature)], keys, at);
}

void FeatureStore::read(std::span<const int> features, const Keys& keys, Micros at,
                        std::span<Value> out) const {
    // The groups' slots that were found so far; groups beyond the first 64 are looked up each time.
    std::array<const std::byte*, 64> slots;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < features.size(); ++i) {
        const Reading& reading = state_->plan.readings[static_cast<std::size_t>(features[i])];
        const auto group = static_cast<std::size_t>(reading.group);
        if (reading.group < 0 || !reading.through.empty() || group >= slots.size()) {
            out[i] = state_->read(reading, keys, at);
            continue;
        }
        if ((found >> group & 1) == 0) {
            slots[group] = state_->find(state_->plan.groups[group], keys);
            found |= std::uint64_t{1} << group;
        }
        out[i] = state_->read_state(reading, slots[group], at);
    }
}

void FeatureStore::read_rows(std::span<const int> features, const Keys& keys, int varying,
                             std::span<const EntityIndex> candidates, Micros at, Rows& out) const {
    const State& state = *state_;
    std::vector<int> shared;
    std::vector<int> vary;
    out.place_.clear();
    for (const int feature : features) {
        const bool depends =
            state.depends_on(state.plan.readings[static_cast<std::size_t>(feature)], varying);
        std::vector<int>& list = depends ? vary : shared;
        out.place_.push_back({!depends, list.size()});
        list.push_back(feature);
    }
    out.rows_ = candidates.size();
    out.width_ = vary.size();
    out.shared_.resize(shared.size());
    out.varying_.resize(out.rows_ * out.width_);
    read(shared, keys, at, out.shared_);

    Keys row_keys(keys);
    row_keys.resize(std::max(keys.size(), static_cast<std::size_t>(varying) + 1), kNoEntity);
    // Group by group, so that each candidate's slot is found once a group.
    std::vector<std::size_t> order(vary.size());
    const auto reading_of = [&](std::size_t i) -> const Reading& {
        return state.plan.readings[static_cast<std::size_t>(vary[i])];
    };
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return reading_of(i).group; });
    int found = -1;  // the group whose slots stand in out.states_
    for (const std::size_t i : order) {
        const Reading& reading = reading_of(i);
        const bool own = reading.group >= 0 && reading.through.empty();
        if (own && reading.group != found) {
            const KeyGroup& group = state.plan.groups[static_cast<std::size_t>(reading.group)];
            state.find_all(group, row_keys, varying, candidates, out.states_);
            found = reading.group;
        }
        for (std::size_t row = 0; row < candidates.size(); ++row) {
            Value& value = out.varying_[row * out.width_ + i];
            row_keys[static_cast<std::size_t>(varying)] = candidates[row];
            value = own ? state.read_state(reading, out.states_[row], at)
                        : state.read(reading, row_keys, at);
        }
    }
}

std::string FeatureStore::describe(int feature) const {
    const spec::FeatureDecl& decl = state_->spec.features[static_cast<std::size_t>(feature)];
    const Reading& reading = state_->plan.readings[static_cast<std::size_t>(feature)];
    const Operation& op = operation(decl.op);
    if (reading.group < 0) return fmt::format("{}/{}: as it stands now", op.name, op.version);
    const KeyGroup& group = state_->plan.groups[static_cast<std::size_t>(reading.group)];
    std::string window = decl.op == spec::Op::kDecay
                             ? "half-life " + format_duration(decl.half_life)
                         : op.window == kExactWindow && decl.window != kNever
                             ? "the last " + format_duration(decl.window)
                             : Window::of(decl.window).text();
    if (!decl.through.empty()) window += ", through " + decl.through;
    return fmt::format("{}/{}: {}, at most {} bytes a key", op.name, op.version, window,
                       group.accumulator(reading.column).bytes_max());
}

std::size_t FeatureStore::bytes() const {
    std::size_t bytes = state_->arena.bytes();
    for (const KeyGroup& group : state_->plan.groups) bytes += group.bytes();
    return bytes;
}

std::uint64_t FeatureStore::dropped_late() const {
    return state_->dropped_late;
}

std::uint64_t FeatureStore::dropped_keys() const {
    std::uint64_t dropped = 0;
    for (const KeyGroup& group : state_->plan.groups) dropped += group.dropped();
    return dropped;
}

void FeatureStore::snapshot(std::string& out) const {
    Writer writer(out);
    writer.u8(kFormat);
    writer.varint(state_->dropped_late);
    writer.varint(state_->plan.groups.size());
    for (const KeyGroup& group : state_->plan.groups) group.save(state_->arena, writer);
}

Status FeatureStore::restore(std::string_view in) {
    auto fresh = std::make_unique<State>(state_->spec, state_->entities);
    Cursor cursor(in);
    const std::uint8_t format = cursor.u8();
    if (format != kFormat) {
        return fail(Code::kCorrupt,
                    fmt::format("feature state: format {}, expected {}", format, kFormat));
    }
    fresh->dropped_late = cursor.varint();
    if (cursor.varint() != fresh->plan.groups.size()) {
        return fail(Code::kConflict, "feature state is of other features: fold the log again");
    }
    for (KeyGroup& group : fresh->plan.groups) VOLANT_OK(group.load(fresh->arena, cursor));
    if (!cursor.ok() || !cursor.done()) {
        return fail(Code::kCorrupt, "feature state: bytes are missing or left over");
    }
    state_ = std::move(fresh);
    return {};
}

}  // namespace volant::features
