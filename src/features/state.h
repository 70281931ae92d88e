// What a FeatureStore holds, and the steps of observing (observe.cpp) and reading (read.cpp).
// Private to the store.
#pragma once

#include <vector>

#include "features/feature_store.h"
#include "features/plan.h"

namespace volant::features {

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

    const KeyGroup& group_of(const Reading& reading) const {
        return plan.groups[static_cast<std::size_t>(reading.group)];
    }
    const Reading& reading_of(int feature) const {
        return plan.readings[static_cast<std::size_t>(feature)];
    }
    std::uint32_t part(spec::KeyPart part, collect::EntityIndex index) const {
        if (part.attribute < 0 || index == collect::kNoEntity) return index;
        return entities.attribute_key(part.entity, index, part.attribute);
    }
    // `index_of(entity)` is the id that stands for it. False when a part of the key is not named.
    template <class IndexOf>
    bool make_key(const KeyGroup& group, IndexOf&& index_of, Key& out) const {
        const std::vector<spec::KeyPart>& by = group.by();
        out.first = part(by[0], index_of(by[0].entity));
        if (by.size() > 1) out.second = part(by[1], index_of(by[1].entity));
        return out.first != kNoPart && (by.size() == 1 || out.second != kNoPart);
    }

    // Fills in what the touch's class takes; false when the event cannot give it or is not wanted.
    // `id` is room for an id that it takes.
    bool sample(const Touch& touch, const collect::EventView& event, Datum& id, Sample& out) const;
    // The event's key in each group of the plan, found before anything is folded: the lookups then
    // wait for memory together, not one after another.
    void find_keys(const EventPlan& plan_of_event, const collect::EventView& event);
    void fold(const EventPlan::Group& touched, const Key& key, const collect::EventView& event,
              Sample& out);

    // The slot of the decision's key in a group; nullptr where there is none.
    const std::byte* find(const KeyGroup& group, const Keys& keys) const;
    // The same for each candidate in place of keys[varying].
    void find_all(const KeyGroup& group, Keys keys, int varying,
                  std::span<const collect::EntityIndex> candidates,
                  std::vector<const std::byte*>& out) const;
    Value read(const Reading& reading, const Keys& keys, Micros at) const;
    Value read_attribute(const Reading& reading, collect::EntityIndex index) const;
    Value read_slot(const Reading& reading, const std::byte* slot, Micros at) const;
    // The states of the linked entities in the order of the links, each with the second key as it
    // is.
    Value read_linked(const Reading& reading, const Keys& keys, Micros at) const;
    // Places in `features`, so that those of one group stand together: its slots are then found
    // once.
    std::vector<std::size_t> by_group(std::span<const int> features) const;
    bool depends_on(const Reading& reading, int entity) const;
};

}  // namespace volant::features
