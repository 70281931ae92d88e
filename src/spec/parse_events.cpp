// Entities and events: what there is, and what happens to it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/nearest.h"
#include "spec/parser.h"

namespace volant::spec {
namespace {

// Keys that requests and their queries use themselves, where entities stand beside them.
constexpr std::array<std::string_view, 15> kTaken = {
    "event",   "id",      "time", "properties", "to",     "input",   "candidates", "k",
    "min_lsn", "explain", "from", "limit",      "cursor", "dry_run", "lsn",
};

Status parse_fields(const Parsing& parsing, const Section& section, std::vector<FieldDecl>& out) {
    VOLANT_OK(check_count(parsing, section, kFieldsMax));
    if (section.node() == nullptr) return {};
    for (const auto& [name, node] : section.node()->map) {
        VOLANT_OK(check_field_name(parsing, node));
        FieldDecl field{.name = name};
        VOLANT_OK(section.read(name, field.type));
        out.push_back(std::move(field));
    }
    return {};
}

Status parse_event(const Parsing& parsing, const Section& section, EventDecl& event) {
    VOLANT_OK(check_count(parsing, section, kFieldsMax));
    VOLANT_OK(section.read("$strict", event.strict));
    if (section.node() == nullptr) return {};
    for (const auto& [name, node] : section.node()->map) {
        if (name == "$strict") continue;
        VOLANT_OK(check_field_name(parsing, node));
        const int entity = parsing.spec.entity_index(name);
        if (node.scalar == "id") {
            if (entity < 0) {
                return parsing.at_key(
                    node, unknown_name("entity", name, names_of(parsing.spec.entities)) +
                              " (an id is named like its entity)");
            }
            event.entities.push_back(entity);
            continue;
        }
        if (entity >= 0) {
            return parsing.at(node, fmt::format("found \"{}\", expected id: \"{}\" is an entity",
                                                node.scalar, name));
        }
        FieldDecl property{.name = name};
        VOLANT_OK(section.read(name, property.type));
        event.properties.push_back(std::move(property));
    }
    return {};
}

}  // namespace

Status parse_entities(Parsing& parsing, const Section& root) {
    const Section section = root.section("entities");
    VOLANT_OK(check_count(parsing, section, kEntitiesMax));
    if (section.node() == nullptr) return {};
    for (const auto& [name, node] : section.node()->map) {
        VOLANT_OK(check_name(parsing, node, name));
        if (std::ranges::find(kTaken, name) != kTaken.end()) {
            return parsing.at_key(node,
                                  fmt::format("an entity cannot be named \"{}\": requests have "
                                              "a key of that name",
                                              name));
        }
        EntityDecl entity{.name = name, .attributes = {}};
        VOLANT_OK(parse_fields(parsing, section.section(name), entity.attributes));
        parsing.spec.entities.push_back(std::move(entity));
    }
    return {};
}

Status parse_events(Parsing& parsing, const Section& root) {
    const Section section = root.section("events");
    VOLANT_OK(check_count(parsing, section, kEventsMax));
    if (section.node() == nullptr) return {};
    for (const auto& [name, node] : section.node()->map) {
        VOLANT_OK(check_name(parsing, node, name));
        EventDecl event{.name = name, .entities = {}, .properties = {}, .strict = false};
        VOLANT_OK(parse_event(parsing, section.section(name), event));
        parsing.spec.events.push_back(std::move(event));
    }
    return {};
}

}  // namespace volant::spec
