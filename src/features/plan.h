// Plan: the features of one specification, worked out: which keys an event touches, and where each
// feature's value stands. Made once; the groups in it carry the state.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/event.h"
#include "features/key_group.h"
#include "features/operations.h"

namespace volant::features {

// One feature's share of one event type. What an event cannot give, or a condition refuses, is no
// sample.
struct Touch {
    std::size_t column = 0;
    int source = 0;
    Takes takes = Takes::kNothing;
    int property = -1;  // index into EventPlan::properties
    int entity = -1;
    std::vector<std::pair<int, spec::Condition>> where{};  // property, what it must be
};

struct EventPlan {
    struct Group {
        std::size_t group;
        std::vector<Touch> touches;
    };
    std::vector<std::string> properties;  // that any touch looks at
    std::vector<Group> groups;
};

// Where one feature is read.
struct Reading {
    int group = -1;  // -1: an attribute
    std::size_t column = 0;
    std::string through;  // relation; "" = the key's own state
    spec::KeyPart attribute;
};

struct Plan {
    explicit Plan(const spec::Spec& spec);

    // nullptr when no feature looks at this type of event.
    const EventPlan* of(const collect::EventView& event) const;

    std::vector<KeyGroup> groups;
    std::vector<Reading> readings;  // by feature

  private:
    std::size_t group_of(const spec::Spec& spec, const std::vector<spec::KeyPart>& by);
    EventPlan& event_plan(const spec::Spec& spec, const std::string& event);
    void add(const spec::Spec& spec, const spec::FeatureDecl& feature);

    std::vector<EventPlan> declared_;                            // by Spec::events
    std::vector<std::pair<std::string, EventPlan>> undeclared_;  // few
};

// What the state of a feature depends on, as text: two features with one signature share their
// state, and a snapshot is restored only under the same signatures.
std::string signature(const spec::Spec& spec, const spec::FeatureDecl& feature);

}  // namespace volant::features
