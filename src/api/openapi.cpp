#include "api/openapi.h"

#include <algorithm>
#include <map>
#include <set>

#include "api/openapi_schema.h"
#include "api/route_tree.h"
#include "api/shapes.h"
#include "core/json_writer.h"

namespace volant::api {
std::vector<Field> path_fields(const Route& route) {
    std::vector<Field> fields;
    for (const std::string_view segment : segments_of(route.pattern)) {
        if (!is_parameter(segment)) continue;
        if (fields.size() < route.path.size()) {
            fields.push_back(route.path[fields.size()]);
        } else {
            fields.push_back({.name = segment.substr(1, segment.size() - 2), .kind = Kind::kId});
        }
    }
    return fields;
}

namespace {

using json::Writer;

std::string lower_method(Method method) {
    std::string name(method_name(method));
    for (char& c : name) c = static_cast<char>(c + ('a' - 'A'));
    return name;
}

void write_request(Writer& out, const Route& route) {
    if (route.requests == Many::kNone) return;
    const auto is_required = [](const Field& field) { return field.required; };
    const bool needed =
        route.request != nullptr &&
        std::any_of(route.request->fields.begin(), route.request->fields.end(), is_required);
    out.key("requestBody").object().key("required").boolean(needed).key("content").object();
    out.key("application/json").object().key("schema");
    if (route.requests == Many::kOneOrMore) {
        out.object().key("anyOf").array();
        write_ref(out, route.request->name);
        out.object().key("type").string("array").key("items");
        write_ref(out, route.request->name);
        out.end().end().end();
    } else {
        write_ref(out, route.request->name);
    }
    out.end();
    if (route.requests == Many::kOneOrMore)
        write_content(out, "application/x-ndjson", nullptr, Many::kOne);
    if (route.multipart) {
        out.key("multipart/form-data").object().key("schema").object().key("type").string("object");
        out.end().end();
    }
    out.end().end();
}

void write_success(Writer& out, const Route& route) {
    out.key(std::to_string(route.status)).object().key("description").string("Done.");
    if (route.answer != nullptr || route.content_type != "application/json") {
        out.key("content").object();
        if (route.answer_to_many != nullptr) {
            out.key(route.content_type).object().key("schema").object().key("anyOf").array();
            write_ref(out, route.answer->name);
            write_ref(out, route.answer_to_many->name);
            out.end().end().end();
        } else {
            write_content(out, route.content_type, route.answer, route.answers);
        }
        if (route.answers == Many::kOneOrMore)
            write_content(out, "application/x-ndjson", nullptr, Many::kOne);
        out.end();
    }
    out.end();
}

bool can_be_atomic(const Route& route) {
    const auto is_atomic = [](const Field& field) { return field.name == "atomic"; };
    return std::any_of(route.query.begin(), route.query.end(), is_atomic);
}

// With `atomic`, many of which one is bad are refused by the answer to many, where each has its
// error.
void write_atomic_refusal(Writer& out, const Route& route) {
    out.key("application/json").object().key("schema").object().key("anyOf").array();
    write_ref(out, shapes::kError.name);
    if (route.answer_to_many != nullptr) {
        write_ref(out, route.answer_to_many->name);
    } else {
        out.object().key("type").string("array").key("items");
        write_ref(out, shapes::kError.name);
        out.end();
    }
    out.end().end().end();
    if (route.answers == Many::kOneOrMore)
        write_content(out, "application/x-ndjson", nullptr, Many::kOne);
}

// One response for each HTTP status; its description lists the codes.
void write_errors(Writer& out, const Route& route) {
    std::map<int, std::string> by_status;
    for (const Code code : errors_of(route)) {
        const ErrorRow& row = error_row(code);
        std::string& text = by_status[row.http_status];
        if (!text.empty()) text.append(" ");
        text.append(row.name).append(": ").append(row.meaning);
    }
    for (const auto& [status, text] : by_status) {
        out.key(std::to_string(status)).object().key("description").string(text);
        out.key("content").object();
        if (status == 400 && can_be_atomic(route)) {
            write_atomic_refusal(out, route);
        } else {
            write_content(out, "application/json", &shapes::kError, Many::kOne);
        }
        out.end().end();
    }
}

void write_operation(Writer& out, const Route& route) {
    out.key(lower_method(route.method)).object();
    out.key("operationId").string(route.name).key("summary").string(route.text);
    if (route.scope != protect::Scope::kNone) {
        out.key("description")
            .string("Needs a key with the scope `" + std::string(protect::scope_name(route.scope)) +
                    "`, once there are keys.");
    } else {
        out.key("security").array().end();
    }
    out.key("parameters").array();
    for (const Field& field : path_fields(route)) write_parameter(out, field, "path");
    for (const Field& field : route.query) write_parameter(out, field, "query");
    out.end();
    write_request(out, route);
    out.key("responses").object();
    write_success(out, route);
    write_errors(out, route);
    out.end().end();
}

void write_security(Writer& out) {
    out.key("securitySchemes").object();
    out.key("bearer").object().key("type").string("http").key("scheme").string("bearer").end();
    out.key("key").object().key("type").string("apiKey").key("in").string("header");
    out.key("name").string("X-API-Key").end();
    out.end();
}

}  // namespace

std::vector<Code> errors_of(const Route& route) {
    std::set<Code> codes(route.errors.begin(), route.errors.end());
    codes.insert({Code::kUsage, Code::kInvalidUtf8, Code::kUnknownField, Code::kInvalidTime,
                  Code::kTooLarge, Code::kOverloaded, Code::kInternal});
    if (route.scope != protect::Scope::kNone) {
        codes.insert({Code::kUnauthenticated, Code::kForbidden, Code::kRateLimited});
    }
    if (!route.while_recovering) codes.insert({Code::kRecovering, Code::kTimeOutOfRange});
    if (!path_fields(route).empty())
        codes.insert({Code::kNotFound, Code::kOutOfRange, Code::kWrongType});
    if (!route.query.empty()) {
        codes.insert(
            {Code::kDuplicateKey, Code::kWrongType, Code::kOutOfRange, Code::kMissingField});
    }
    if (route.requests != Many::kNone) {
        codes.insert({Code::kInvalidJson, Code::kMissingField, Code::kWrongType, Code::kOutOfRange,
                      Code::kTooDeep, Code::kDuplicateKey, Code::kUnsupportedMediaType});
    }
    return {codes.begin(), codes.end()};
}

std::vector<const Shape*> shapes_of(std::span<const Route> routes) {
    std::vector<const Shape*> found;
    const auto add = [&](const auto& self, const Shape* shape) -> void {
        if (shape == nullptr || std::find(found.begin(), found.end(), shape) != found.end()) return;
        found.push_back(shape);
        for (const Field& field : shape->fields) self(self, field.shape);
    };
    add(add, &shapes::kError);
    for (const Route& route : routes) {
        for (const Shape* shape : {route.request, route.answer, route.answer_to_many})
            add(add, shape);
    }
    return found;
}

std::string openapi_json(std::span<const Route> routes, std::string_view version) {
    std::string text;
    Writer out(text);
    out.object().key("openapi").string("3.1.0");
    out.key("info").object().key("title").string("Volant").key("version").string(version);
    out.key("description").string("A self-hosted data-flywheel server.").end();
    out.key("security").array();
    out.object().key("bearer").array().end().end();
    out.object().key("key").array().end().end();
    out.object().end().end();
    std::map<std::string_view, std::vector<const Route*>> by_path;
    for (const Route& route : routes) by_path[route.pattern].push_back(&route);
    out.key("paths").object();
    for (const auto& [pattern, operations] : by_path) {
        out.key(pattern).object();
        for (const Route* route : operations) write_operation(out, *route);
        out.end();
    }
    out.end();
    out.key("components").object().key("schemas").object().key("Value");
    write_value_schema(out);
    for (const Shape* shape : shapes_of(routes)) {
        out.key(shape->name);
        write_shape(out, *shape);
    }
    out.end();
    write_security(out);
    out.end().end();
    return text;
}

}  // namespace volant::api
