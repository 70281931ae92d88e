// The schemas of /openapi.json: declared fields and shapes as JSON Schema. Private to api/openapi.
#pragma once

#include <string_view>

#include "api/route.h"
#include "core/json_writer.h"

namespace volant::api {

// {"$ref"} to a shape by its name.
void write_ref(json::Writer& out, std::string_view shape);
// A shape itself, and what a declared value may be.
void write_shape(json::Writer& out, const Shape& shape);
void write_value_schema(json::Writer& out);
// One content type of a body that is `many` times `shape`; without a shape, a text.
void write_content(json::Writer& out, std::string_view type, const Shape* shape, Many many);
// A parameter of the path or the query.
void write_parameter(json::Writer& out, const Field& field, std::string_view place);

}  // namespace volant::api
