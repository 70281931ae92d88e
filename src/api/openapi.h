// Documents made from the table of routes: /openapi.json (OpenAPI 3.1) and docs/reference/api.md.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/route.h"

namespace volant::api {

// All errors that a request to this route can be answered with: its own, and those that follow from
// its form (a body can be too large, a route with a scope can be forbidden).
std::vector<Code> errors_of(const Route& route);

// The fields of the path's parameters; those that the route leaves out are ids.
std::vector<Field> path_fields(const Route& route);

// Every Shape that these routes and their errors use, each once, in the order of first use.
std::vector<const Shape*> shapes_of(std::span<const Route> routes);

std::string openapi_json(std::span<const Route> routes, std::string_view version);
std::string reference_markdown(std::span<const Route> routes);

}  // namespace volant::api
