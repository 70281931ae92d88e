// What is generated from the settings table: the reference page and the schema for editors. The
// files in docs/reference/ are held to these texts by reference_test.cpp, which can also write them
// anew:
//
//     VOLANT_WRITE_DOCS=1 build/dev/spec_test --gtest_filter='Reference.*'
#pragma once

#include <string>

namespace volant::spec {

// docs/reference/settings.md
std::string settings_markdown();

// docs/reference/volant.schema.json: JSON Schema 2020-12. It knows keys, types and choices; what
// names refer to and how keys depend on each other is for parse_spec.
std::string json_schema();

}  // namespace volant::spec
