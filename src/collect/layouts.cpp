#include "collect/layouts.h"

#include <algorithm>

#include "core/bytes.h"
#include "core/hash.h"
#include "core/text.h"

namespace volant::collect {
namespace {

constexpr unsigned kAnyType = 0xff;

Type declared_type(const spec::Spec& spec, int event, std::string_view name) {
    if (event < 0) return Type::kNull;
    const spec::EventDecl& declared = spec.events[static_cast<std::size_t>(event)];
    const int index = declared.property_index(name);
    if (index < 0) return Type::kNull;
    return spec::stored_type(declared.properties[static_cast<std::size_t>(index)].type);
}

unsigned bit(Type type) {
    return 1u << static_cast<unsigned>(type);
}

void find_usual(Layout& layout, const Schema* schema) {
    layout.usual.clear();
    for (std::size_t i = 0; i < layout.names.size(); ++i) {
        unsigned types = schema ? schema->settled(layout.event, layout.names[i]) : kAnyType;
        if (layout.declared[i] != Type::kNull) types &= bit(layout.declared[i]) | bit(Type::kNull);
        layout.usual.push_back(static_cast<std::uint8_t>(types));
    }
    layout.schema = schema ? schema->state() : 0;
}

}  // namespace

Layout& Layouts::at(std::string_view event) {
    return layouts_[hash64(event) % kLayouts];
}

Layout* Layouts::likely(std::string_view event, const Schema* schema) {
    if (event.empty()) return nullptr;
    Layout& layout = same_text(last_->event, event) ? *last_ : at(event);
    if (!same_text(layout.event, event)) return nullptr;
    const std::uint64_t state = schema ? schema->state() : 0;
    if (layout.usual.empty() || layout.schema != state) find_usual(layout, schema);
    return last_ = &layout;
}

void Layouts::learn(const spec::Spec& spec, const EventView& event) {
    const auto escaped = [](const Property& property) {
        return property.name.find('\\') != std::string_view::npos;
    };
    if (event.type.starts_with('$') || event.properties.empty() ||
        event.properties.size() > kNamesMax || std::ranges::any_of(event.properties, escaped))
        return;
    Layout& layout = at(event.type);
    if (!layout.event.empty() && ++layout.misses < 2) return;
    layout = {};
    layout.event = event.type;
    for (const Property& property : event.properties) {
        layout.names.emplace_back(property.name);
        Writer(layout.heads.emplace_back()).string(property.name);
        layout.declared.push_back(declared_type(spec, event.event, property.name));
    }
}

}  // namespace volant::collect
