#include "features/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/bytes.h"

namespace volant::features {
namespace {

int property_index(EventPlan& plan, const std::string& name) {
    const auto found = std::find(plan.properties.begin(), plan.properties.end(), name);
    if (found != plan.properties.end()) return static_cast<int>(found - plan.properties.begin());
    plan.properties.push_back(name);
    return static_cast<int>(plan.properties.size()) - 1;
}

EventPlan::Group& plan_group(EventPlan& plan, std::size_t group) {
    for (EventPlan::Group& existing : plan.groups) {
        if (existing.group == group) return existing;
    }
    return plan.groups.emplace_back(EventPlan::Group{group, {}});
}

// A value's stored bytes as hexadecimal, so that signatures are plain text.
std::string hex_of(const Value& value) {
    std::string bytes;
    Writer(bytes).value(value);
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

std::string part_name(const spec::Spec& spec, spec::KeyPart part) {
    const spec::EntityDecl& entity = spec.entities[static_cast<std::size_t>(part.entity)];
    if (part.attribute < 0) return entity.name;
    return entity.name + "." + entity.attributes[static_cast<std::size_t>(part.attribute)].name;
}

}  // namespace

std::string signature(const spec::Spec& spec, const spec::FeatureDecl& feature) {
    const Operation& op = operation(feature.op);
    std::string out = fmt::format("{}/{}", op.name, op.version);
    for (const spec::KeyPart& part : feature.by) out += " by " + part_name(spec, part);
    for (const spec::Source& source : feature.sources) {
        out += fmt::format(" of {}.{}", source.event, source.property);
        if (source.entity >= 0) out += part_name(spec, {source.entity, -1});
    }
    out += fmt::format(" window {} half_life {} prior {} {} n {}", feature.window,
                       feature.half_life, feature.prior_hits, feature.prior_tries, feature.n);
    for (const spec::Condition& condition : feature.where) {
        out += fmt::format(" where {} {}", condition.property, static_cast<int>(condition.test));
        for (const Value& value : condition.values) out += " " + hex_of(value);
    }
    return out;
}

Plan::Plan(const spec::Spec& spec) : declared_(spec.events.size()) {
    readings.reserve(spec.features.size());
    for (const spec::FeatureDecl& feature : spec.features) add(spec, feature);
}

std::size_t Plan::group_of(const spec::Spec& spec, const std::vector<spec::KeyPart>& by) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (groups[i].by() == by) return i;
    }
    // Pairs are many: four for each entity that is kept.
    groups.emplace_back(by, spec.server.entities_max * 4);
    return groups.size() - 1;
}

EventPlan& Plan::event_plan(const spec::Spec& spec, const std::string& event) {
    if (const int index = spec.event_index(event); index >= 0) {
        return declared_[static_cast<std::size_t>(index)];
    }
    for (auto& [name, plan] : undeclared_) {
        if (name == event) return plan;
    }
    return undeclared_.emplace_back(event, EventPlan{}).second;
}

void Plan::add(const spec::Spec& spec, const spec::FeatureDecl& feature) {
    const Operation& op = operation(feature.op);
    Reading& reading = readings.emplace_back();
    reading.attribute = feature.attribute;
    if (op.make == nullptr || feature.by.empty()) return;

    const std::size_t group = group_of(spec, feature.by);
    const std::size_t columns = groups[group].columns();
    reading.group = static_cast<int>(group);
    reading.column = groups[group].add(signature(spec, feature), op.make(feature));
    reading.through = feature.through;
    if (groups[group].columns() == columns) return;  // shared: it is fed already

    for (std::size_t i = 0; i < feature.sources.size(); ++i) {
        const spec::Source& source = feature.sources[i];
        EventPlan& plan = event_plan(spec, source.event);
        Touch touch{.column = reading.column, .source = static_cast<int>(i), .takes = op.takes};
        touch.entity = source.entity;
        if (!source.property.empty()) touch.property = property_index(plan, source.property);
        for (const spec::Condition& condition : feature.where) {
            touch.where.emplace_back(property_index(plan, condition.property), condition);
        }
        plan_group(plan, group).touches.push_back(std::move(touch));
    }
}

const EventPlan* Plan::of(const collect::EventView& event) const {
    if (event.event >= 0) {
        const EventPlan& plan = declared_[static_cast<std::size_t>(event.event)];
        return plan.groups.empty() ? nullptr : &plan;
    }
    for (const auto& [name, plan] : undeclared_) {
        if (name == event.type) return &plan;
    }
    return nullptr;
}

}  // namespace volant::features
