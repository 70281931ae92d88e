// FeatureStore, the reading half. Everything here is const.
#include <algorithm>
#include <array>
#include <numeric>

#include "features/state.h"

namespace volant::features {

using collect::EntityIndex;
using collect::kLinksMax;
using collect::kNoEntity;

namespace {

EntityIndex key_of(const Keys& keys, int entity) {
    const auto index = static_cast<std::size_t>(entity);
    return index < keys.size() ? keys[index] : kNoEntity;
}

}  // namespace

Value FeatureStore::State::read_attribute(const Reading& reading, EntityIndex index) const {
    if (reading.attribute.entity < 0 || reading.attribute.attribute < 0 || index == kNoEntity)
        return {};
    const Value* value =
        entities.attribute(reading.attribute.entity, index, reading.attribute.attribute);
    return value == nullptr ? Value{} : *value;
}

const std::byte* FeatureStore::State::find(const KeyGroup& group, const Keys& keys) const {
    Key key;
    const auto index_of = [&](int entity) { return key_of(keys, entity); };
    return make_key(group, index_of, key) ? group.find(key) : nullptr;
}

Value FeatureStore::State::read_slot(const Reading& reading, const std::byte* slot,
                                     Micros at) const {
    const KeyGroup& group = group_of(reading);
    const Accumulator& accumulator = group.accumulator(reading.column);
    if (slot == nullptr) return accumulator.read({}, at, arena);
    const std::byte* state = slot + group.offset(reading.column);
    return accumulator.read({&state, 1}, at, arena);
}

Value FeatureStore::State::read_linked(const Reading& reading, const Keys& keys, Micros at) const {
    const KeyGroup& group = group_of(reading);
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

Value FeatureStore::State::read(const Reading& reading, const Keys& keys, Micros at) const {
    if (reading.group < 0) return read_attribute(reading, key_of(keys, reading.attribute.entity));
    if (!reading.through.empty()) return read_linked(reading, keys, at);
    return read_slot(reading, find(group_of(reading), keys), at);
}

bool FeatureStore::State::depends_on(const Reading& reading, int entity) const {
    if (reading.group < 0) return reading.attribute.entity == entity;
    const auto& by = group_of(reading).by();
    return std::any_of(by.begin(), by.end(), [&](spec::KeyPart p) { return p.entity == entity; });
}

std::vector<std::size_t> FeatureStore::State::by_group(std::span<const int> features) const {
    std::vector<std::size_t> order(features.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {},
                             [&](std::size_t i) { return reading_of(features[i]).group; });
    return order;
}

void FeatureStore::State::find_all(const KeyGroup& group, Keys keys, int varying,
                                   std::span<const EntityIndex> candidates,
                                   std::vector<const std::byte*>& out) const {
    out.resize(candidates.size());
    for (std::size_t row = 0; row < candidates.size(); ++row) {
        keys[static_cast<std::size_t>(varying)] = candidates[row];
        out[row] = find(group, keys);
        __builtin_prefetch(out[row]);
    }
}

Value FeatureStore::read(int feature, const Keys& keys, Micros at) const {
    return state_->read(state_->reading_of(feature), keys, at);
}

void FeatureStore::read(std::span<const int> features, const Keys& keys, Micros at,
                        std::span<Value> out) const {
    // The groups' slots that were found so far; groups beyond the first 64 are looked up each time.
    std::array<const std::byte*, 64> slots;
    std::uint64_t found = 0;
    for (std::size_t i = 0; i < features.size(); ++i) {
        const Reading& reading = state_->reading_of(features[i]);
        const auto group = static_cast<std::size_t>(reading.group);
        if (reading.group < 0 || !reading.through.empty() || group >= slots.size()) {
            out[i] = state_->read(reading, keys, at);
            continue;
        }
        if ((found >> group & 1) == 0) {
            slots[group] = state_->find(state_->plan.groups[group], keys);
            found |= std::uint64_t{1} << group;
        }
        out[i] = state_->read_slot(reading, slots[group], at);
    }
}

void FeatureStore::read_rows(std::span<const int> features, const Keys& keys, int varying,
                             std::span<const EntityIndex> candidates, Micros at, Rows& out) const {
    const State& state = *state_;
    std::vector<int> shared;
    std::vector<int> vary;
    out.place_.clear();
    for (const int feature : features) {
        const bool depends = state.depends_on(state.reading_of(feature), varying);
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
    int found = -1;  // the group whose slots stand in out.states_
    for (const std::size_t i : state.by_group(vary)) {
        const Reading& reading = state.reading_of(vary[i]);
        const bool own = reading.group >= 0 && reading.through.empty();
        if (own && reading.group != found) {
            const KeyGroup& group = state.group_of(reading);
            state.find_all(group, row_keys, varying, candidates, out.states_);
            found = reading.group;
        }
        for (std::size_t row = 0; row < candidates.size(); ++row) {
            Value& value = out.varying_[row * out.width_ + i];
            row_keys[static_cast<std::size_t>(varying)] = candidates[row];
            value = own ? state.read_slot(reading, out.states_[row], at)
                        : state.read(reading, row_keys, at);
        }
    }
}

}  // namespace volant::features
