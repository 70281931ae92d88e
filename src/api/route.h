// Route: one row of the table from which come the dispatch, /openapi.json, docs/reference/api.md
// and the test that walks every route. To add a route, add a row (api/routes/).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.h"
#include "api/responder.h"
#include "core/result.h"
#include "core/shape.h"
#include "core/time.h"
#include "protect/keys.h"

namespace volant::api {

// What a request's body is, by its Content-Type.
enum class BodyKind : std::uint8_t { kNone, kJson, kNdjson, kMultipart };

struct Route;

// A request that has come through the router: known route, allowed caller, checked query, plain
// body.
struct Call {
    const Route* route = nullptr;
    Request request;                // `body` is inflated
    std::vector<std::string> path;  // decoded path parameters, in the pattern's order
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in the order of arrival
    BodyKind body_kind = BodyKind::kNone;
    std::string boundary;  // of a multipart body
    protect::Caller caller;
    std::optional<Micros> time;      // Volant-Time, in workspaces with simulated time
    const ZoneRule* zone = nullptr;  // the router's, of times without one

    // nullptr when the query does not have it.
    const std::string* parameter(std::string_view name) const;
    // Of kinds kBool, kInt and kTime: checked by the router, so the value reads.
    bool flag(std::string_view name) const;  // false when left out
    std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
    std::optional<Micros> time_of(std::string_view name) const;
};

// How many of a Shape a body holds.
enum class Many : std::uint8_t {
    kNone,  // no body (204, or a text)
    kOne,
    kOneOrMore,  // one, or a JSON array, or NDJSON: as many out as in
    kPage,       // {"items":[...],"next":...}
};

struct Route {
    Method method = Method::kGet;
    std::string_view pattern;  // "/v1/predict/{model}"
    std::string_view name;     // operationId, and the `route` label: "predict"
    protect::Scope scope = protect::Scope::kRead;
    std::string_view text;             // one or two sentences
    std::span<const Field> path = {};  // one for each {name}, in order; left out: ids
    std::span<const Field> query = {};
    bool open_query = false;  // further parameters are the handler's to check
    const Shape* request = nullptr;
    Many requests = Many::kNone;
    bool multipart = false;  // a multipart/form-data body is taken too
    const Shape* answer = nullptr;
    Many answers = Many::kOne;
    const Shape* answer_to_many = nullptr;  // when several requests get one summary (events)
    int status = 200;
    std::string_view content_type = "application/json";
    std::span<const Code> errors = {};  // beyond those that every route can give
    bool while_recovering = false;      // answered before the log has been read
    std::function<void(Call, Responder)> handle = {};
};

// 200 with `json` as the body.
Response json_answer(std::string json, int status = 200);

}  // namespace volant::api
