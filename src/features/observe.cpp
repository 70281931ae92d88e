// FeatureStore, the writing half: from an event to the slots that it touches.
#include <algorithm>

#include "features/condition.h"
#include "features/state.h"

namespace volant::features {

using collect::kNoEntity;

bool FeatureStore::State::sample(const Touch& touch, const collect::EventView& event, Datum& id,
                                 Sample& out) const {
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

void FeatureStore::State::find_keys(const EventPlan& plan_of_event,
                                    const collect::EventView& event) {
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

void FeatureStore::State::fold(const EventPlan::Group& touched, const Key& key,
                               const collect::EventView& event, Sample& out) {
    KeyGroup& group = plan.groups[touched.group];
    std::byte* state = nullptr;  // no slot for an event that no condition lets through
    for (const Touch& touch : touched.touches) {
        Datum id;
        if (!sample(touch, event, id, out)) continue;
        if (state == nullptr) state = group.touch(key, arena);
        const Accumulator& accumulator = group.accumulator(touch.column);
        if (!accumulator.observe(state + group.offset(touch.column), out, arena)) ++dropped_late;
    }
}

void FeatureStore::observe(const collect::EventView& event, const collect::Effects& effects) {
    follow(effects);
    State& state = *state_;
    const EventPlan* plan = state.plan.of(event);
    if (plan == nullptr) return;
    state.datums.clear();
    for (const std::string& name : plan->properties) {
        const collect::Property* property = event.property(name);
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

}  // namespace volant::features
