// Names in paths, looked up in the specification: kNotFound with the nearest known one.
#pragma once

#include <string_view>

#include "core/result.h"
#include "spec/spec.h"

namespace volant::api {

Result<int> find_model(const spec::Spec& spec, std::string_view name);
Result<int> find_entity(const spec::Spec& spec, std::string_view name);

}  // namespace volant::api
