#include "api/openapi_schema.h"

#include <algorithm>
#include <cmath>

#include "api/shapes.h"
#include "core/json_reader.h"

namespace volant::api {
namespace {

using json::Writer;

void write_types(Writer& out, std::initializer_list<std::string_view> types) {
    out.key("type").array();
    for (const auto type : types) out.string(type);
    out.end();
}

// The members of a schema for a kind, without its text.
void write_kind(Writer& out, Kind kind) {
    switch (kind) {
        case Kind::kId:
            write_types(out, {"string", "integer"});
            out.key("minLength").integer(1).key("maxLength").integer(json::kIdBytesMax);
            break;
        case Kind::kString:
            out.key("type").string("string");
            break;
        case Kind::kTime:
            write_types(out, {"string", "number"});
            break;
        case Kind::kBool:
            out.key("type").string("boolean");
            break;
        case Kind::kInt:
            out.key("type").string("integer").key("format").string("int64");
            break;
        case Kind::kNumber:
            out.key("type").string("number");
            break;
        case Kind::kOutcome:
            write_types(out, {"number", "boolean", "string"});
            break;
        case Kind::kValues:
            out.key("type").string("object").key("additionalProperties");
            write_ref(out, "Value");
            break;
        case Kind::kValue:
        case Kind::kObject:
        case Kind::kArray:
        case Kind::kAny:
            break;
    }
}

void write_bound(Writer& out, std::string_view key, double bound) {
    if (bound == std::floor(bound) && std::abs(bound) < 1e15) {
        out.key(key).integer(static_cast<std::int64_t>(bound));
    } else if (std::isfinite(bound)) {
        out.key(key).number(bound);
    }
}

void write_schema(Writer& out, const Field& field) {
    out.object();
    if (field.kind == Kind::kArray) {
        out.key("type").string("array").key("items");
        if (field.shape != nullptr) {
            write_ref(out, field.shape->name);
        } else {
            out.object();
            write_kind(out, field.items);
            out.end();
        }
    } else if (field.kind == Kind::kObject) {
        out.key("$ref").string("#/components/schemas/" + std::string(field.shape->name));
    } else if (field.kind == Kind::kValue) {
        out.key("$ref").string("#/components/schemas/Value");
    } else {
        write_kind(out, field.kind);
    }
    write_bound(out, "minimum", field.min);
    write_bound(out, field.kind == Kind::kString ? "maxLength" : "maximum", field.max);
    if (!field.values.empty()) {
        out.key("enum").array();
        for (std::string_view left = field.values; !left.empty();) {
            const std::string_view one = left.substr(0, left.find('|'));
            out.string(one);
            left.remove_prefix(std::min(left.size(), one.size() + 1));
        }
        out.end();
    }
    if (!field.text.empty()) out.key("description").string(field.text);
    out.end();
}

// The schema of `count` times a shape.
void write_many(Writer& out, const Shape& shape, Many many) {
    const auto array = [&](bool errors) {
        out.object().key("type").string("array").key("items");
        if (errors) {
            out.object().key("anyOf").array();
            write_ref(out, shape.name);
            write_ref(out, shapes::kError.name);
            out.end().end();
        } else {
            write_ref(out, shape.name);
        }
        out.end();
    };
    switch (many) {
        case Many::kNone:
        case Many::kOne:
            write_ref(out, shape.name);
            break;
        case Many::kOneOrMore:
            out.object().key("anyOf").array();
            write_ref(out, shape.name);
            array(true);
            out.end().end();
            break;
        case Many::kPage:
            out.object().key("type").string("object").key("properties").object();
            out.key("items");
            array(false);
            out.key("next").object();
            write_types(out, {"string", "null"});
            out.end().end();
            out.key("required").array().string("items").string("next").end().end();
            break;
    }
}

}  // namespace

void write_ref(Writer& out, std::string_view shape) {
    out.object().key("$ref").string("#/components/schemas/" + std::string(shape)).end();
}

void write_shape(Writer& out, const Shape& shape) {
    out.object().key("type").string("object").key("description").string(shape.text);
    out.key("properties").object();
    for (const Field& field : shape.fields) {
        out.key(field.name);
        write_schema(out, field);
    }
    out.end();
    const auto is_required = [](const Field& field) { return field.required; };
    if (std::any_of(shape.fields.begin(), shape.fields.end(), is_required)) {
        out.key("required").array();
        for (const Field& field : shape.fields) {
            if (field.required) out.string(field.name);
        }
        out.end();
    }
    out.key("additionalProperties").boolean(shape.open).end();
}

void write_value_schema(Writer& out) {
    out.object()
        .key("description")
        .string("bool, integer, double, string, list, point, or null for missing.");
    write_types(out, {"boolean", "integer", "number", "string", "array", "object", "null"});
    out.end();
}

void write_content(Writer& out, std::string_view type, const Shape* shape, Many many) {
    out.key(type).object().key("schema");
    if (shape == nullptr) {
        out.object();
        // A stream of events is not one string; what an event holds stands in the route's text.
        if (type != "application/json" && type != "text/event-stream")
            out.key("type").string("string");
        out.end();
    } else {
        write_many(out, *shape, many);
    }
    out.end();
}

void write_parameter(Writer& out, const Field& field, std::string_view place) {
    out.object().key("name").string(field.name).key("in").string(place);
    out.key("required").boolean(place == "path" || field.required);
    if (!field.text.empty()) out.key("description").string(field.text);
    Field plain = field;
    plain.text = {};
    // In a path or a query everything is a text; an id is any of at least one character.
    out.key("schema");
    if (field.kind == Kind::kId) {
        out.object().key("type").string("string").key("minLength").integer(1);
        out.key("maxLength").integer(json::kIdBytesMax).end();
    } else {
        write_schema(out, plain);
    }
    out.end();
}

}  // namespace volant::api
