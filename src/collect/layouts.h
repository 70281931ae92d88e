// Layouts: which properties the events of a type bring, in their order. The next event mostly
// brings the same, and whoever recognizes that need not look at each name again.
// Threads: one Layouts a thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/event.h"
#include "collect/schema.h"
#include "core/value.h"
#include "spec/spec.h"

namespace volant::collect {

// As an ordinary event had them that kept every rule of event_rules.h.
struct Layout {
    std::string event;               // its type; "" = nothing is known
    std::vector<std::string> names;  // no two alike, none with a backslash
    std::vector<std::string> heads;  // each name as it is stored before a value
    std::vector<Type> declared;      // as spec::stored_type() has it; kNull = any
    // The types (a bit for each) that are declared so and that the schema in state `schema` accepts
    // and learns nothing from; with `schema` 0 only the former.
    std::vector<std::uint8_t> usual;
    std::uint64_t schema = 0;
    int misses = 0;  // since an event had this layout
};

class Layouts {
  public:
    // What an event of this type probably has, or nullptr. `schema` may be nullptr. It stays where
    // it is, and as it is until learn().
    Layout* likely(std::string_view event, const Schema* schema);
    // An event that kept every rule and did not have what was likely. Its own layout takes the
    // place of another one if that was missed twice in a row.
    void learn(const spec::Spec& spec, const EventView& event);

  private:
    static constexpr std::size_t kLayouts = 32;
    static constexpr std::size_t kNamesMax = 64;  // of one layout

    Layout& at(std::string_view event);

    std::array<Layout, kLayouts> layouts_;
    Layout* last_ = &layouts_[0];  // that was asked for
};

}  // namespace volant::collect
