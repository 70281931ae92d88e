// Templates: what `volant new` starts a workspace from.
#pragma once

#include <span>
#include <string_view>

namespace volant::spec {

struct Template {
    std::string_view name;    // "ranking"
    std::string_view text;    // one line for the list
    std::string_view yaml;    // volant.yaml
    std::string_view readme;  // README.md: what to do first
};

// In the order in which they are listed.
std::span<const Template> templates();

// nullptr if there is none of that name.
const Template* find_template(std::string_view name);

}  // namespace volant::spec
