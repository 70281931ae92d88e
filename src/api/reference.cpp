// docs/reference/api.md, from the same table as /openapi.json.
#include <cmath>

#include "api/openapi.h"
#include "api/parameters.h"

namespace volant::api {
namespace {

std::string_view kind_text(Kind kind) {
    switch (kind) {
        case Kind::kId:
            return "id";
        case Kind::kString:
            return "string";
        case Kind::kTime:
            return "time";
        case Kind::kBool:
            return "bool";
        case Kind::kInt:
            return "int";
        case Kind::kNumber:
            return "number";
        case Kind::kValue:
            return "value";
        case Kind::kOutcome:
            return "number, bool or string";
        case Kind::kValues:
            return "object of values";
        case Kind::kObject:
            return "object";
        case Kind::kArray:
            return "list";
        case Kind::kAny:
            return "any";
    }
    return "";
}

// A link to a shape's own section.
std::string link(const Shape& shape) {
    std::string anchor;
    for (const char c : shape.name)
        anchor.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    return "[" + std::string(shape.name) + "](#" + anchor + ")";
}

std::string type_text(const Field& field) {
    std::string out(kind_text(field.kind));
    if (field.kind == Kind::kObject) out = link(*field.shape);
    if (field.kind == Kind::kArray) {
        out = "list of " +
              (field.shape != nullptr ? link(*field.shape) : std::string(kind_text(field.items)));
    }
    if (std::isfinite(field.min)) out += ", from " + bound_text(field.min);
    if (std::isfinite(field.max)) out += ", up to " + bound_text(field.max);
    for (std::string_view left = field.values; !left.empty();) {
        const std::string_view one = left.substr(0, left.find('|'));
        out.append(left.size() == field.values.size() ? ": `" : ", `").append(one).append("`");
        left.remove_prefix(std::min(left.size(), one.size() + 1));
    }
    return out;
}

void append_fields(std::string& out, std::span<const Field> fields, std::string_view heading) {
    if (fields.empty()) return;
    out.append("| ").append(heading).append(" | type | |\n|---|---|---|\n");
    for (const Field& field : fields) {
        out.append("| `").append(field.name).append(field.required ? "` (required) | " : "` | ");
        out.append(type_text(field)).append(" | ").append(field.text).append(" |\n");
    }
    out.append("\n");
}

std::string body_text(const Shape& shape, Many many) {
    switch (many) {
        case Many::kNone:
            return "";
        case Many::kOne:
            return link(shape);
        case Many::kOneOrMore:
            return link(shape) + ", or a list or NDJSON of them";
        case Many::kPage:
            return "`{\"items\": [...], \"next\": ...}` of " + link(shape);
    }
    return "";
}

void append_route(std::string& out, const Route& route) {
    out.append("## ")
        .append(method_name(route.method))
        .append(" ")
        .append(route.pattern)
        .append("\n\n");
    out.append(route.text).append("\n\n");
    if (route.scope != protect::Scope::kNone) {
        out.append("- Scope: `").append(protect::scope_name(route.scope)).append("`\n");
    }
    if (route.request != nullptr) {
        out.append("- Body: ").append(body_text(*route.request, route.requests)).append("\n");
    }
    out.append("- Answer: ").append(std::to_string(route.status));
    if (route.answer != nullptr) out.append(" ").append(body_text(*route.answer, route.answers));
    if (route.answer_to_many != nullptr)
        out.append("; to several ").append(link(*route.answer_to_many));
    if (route.content_type != "application/json")
        out.append(" `").append(route.content_type).append("`");
    out.append("\n- Errors:");
    for (const Code code : errors_of(route))
        out.append(" `").append(error_row(code).name).append("`");
    out.append("\n\n");
    const auto path = path_fields(route);
    append_fields(out, path, "in the path");
    append_fields(out, route.query, "in the query");
}

}  // namespace

std::string reference_markdown(std::span<const Route> routes) {
    std::string out =
        "# HTTP API\n\nMade from the table of routes; `tests` keep it up to date. The same as "
        "OpenAPI 3.1 "
        "is at `/openapi.json`.\nErrors are explained in [errors.md](errors.md).\n\n";
    for (const Route& route : routes) append_route(out, route);
    out.append("# Bodies\n\n");
    for (const Shape* shape : shapes_of(routes)) {
        out.append("## ").append(shape->name).append("\n\n").append(shape->text);
        if (shape->open) out.append(" Further keys are allowed.");
        out.append("\n\n");
        append_fields(out, shape->fields, "field");
    }
    return out;
}

}  // namespace volant::api
