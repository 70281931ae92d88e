#include "api/router.h"

#include <map>
#include <set>

#include "api/body.h"
#include "api/error_answer.h"
#include "api/openapi.h"
#include "api/parameters.h"
#include "core/clock.h"
#include "core/json_reader.h"
#include "core/nearest.h"
#include "core/text.h"
#include "core/value.h"

namespace volant::api {
namespace {

constexpr std::string_view kCorsHeaders =
    "Authorization, X-API-Key, Content-Type, Content-Encoding, Volant-Time";
constexpr std::string_view kCorsMaxAgeSeconds = "600";
constexpr std::size_t kUncountedBody = 4u << 10;  // bodies up to here need no counting
constexpr Micros kSimulatedMax = 253'402'300'799 * kSecond;  // 9999-12-31T23:59:59Z

// The secret of `Authorization: Bearer SECRET`, else of X-API-Key.
std::string_view secret_of(const Headers& headers) {
    constexpr std::string_view kBearer = "Bearer ";
    const std::string_view given = headers.get("Authorization");
    if (given.size() > kBearer.size() &&
        equal_ignoring_case(given.substr(0, kBearer.size()), kBearer)) {
        return trimmed(given.substr(kBearer.size()));
    }
    return trimmed(headers.get("X-API-Key"));
}

// Path parameters without fields of their own are ids.
Status check_path(const Route& route, std::span<const std::string> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i < route.path.size()) {
            VOLANT_OK(check_text(route.path[i], values[i]));
        } else if (values[i].size() > json::kIdBytesMax) {
            return fail(Code::kOutOfRange, "found an id of " + std::to_string(values[i].size()) +
                                               " bytes in the path, expected 1 to 256");
        }
    }
    return {};
}

// Of a POST that needs no body: somebody who sends one means something by it.
Status check_says_nothing(std::string_view body) {
    if (trimmed(body).empty()) return {};
    json::Document document;
    VOLANT_TRY(json::Item root, document.parse(body));
    VOLANT_OK(root.object([](std::string_view key, json::Item) -> Status {
        return fail(Code::kUnknownField,
                    "unknown field " + describe(Value(key)) + ", this route's body has none");
    }));
    return document.finish();
}

// The method as it was sent.
std::string asked_method(const Request& request) {
    if (request.method != Method::kOther) return std::string(method_name(request.method));
    return request.other_method.empty() ? "an unknown method" : request.other_method;
}

}  // namespace

// Requests by route and status, and latencies by route. Counters are made at their first use: most
// pairs of a route and a status never occur.
class Router::Counters {
  public:
    Counters(const std::vector<Route>& routes, Metrics& metrics)
        : routes_(routes),
          metrics_(metrics),
          request_bytes_(metrics.counter("volant_request_bytes_total", "Bytes of request bodies.")),
          response_bytes_(
              metrics.counter("volant_response_bytes_total", "Bytes of response bodies.")),
          rows_(routes.size() + 1) {
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            rows_[i].latency = &metrics.histogram("volant_request_seconds",
                                                  "From a request read whole to its answer.",
                                                  {{"route", name(i)}});
        }
    }

    void count(const Answered& answered) {
        const std::size_t i = std::min<std::size_t>(answered.tag, routes_.size());
        Row& row = rows_[i];
        row.latency->observe(answered.latency_us);
        counter(row, i, answered.status).add();
        request_bytes_.add(answered.request_bytes);
        response_bytes_.add(answered.response_bytes);
    }

  private:
    static constexpr int kStatusFirst = 100;
    static constexpr int kStatusEnd = 600;
    struct Row {
        Histogram* latency = nullptr;
        std::array<std::atomic<Counter*>, kStatusEnd - kStatusFirst> by_status{};
    };

    std::string name(std::size_t i) const {
        return i < routes_.size() ? std::string(routes_[i].name) : "none";
    }
    Counter& counter(Row& row, std::size_t i, int status) {
        VOLANT_CHECK(status >= kStatusFirst && status < kStatusEnd);
        auto& place = row.by_status[static_cast<std::size_t>(status - kStatusFirst)];
        Counter* known = place.load(std::memory_order_acquire);
        if (known == nullptr) {
            known = &metrics_.counter("volant_requests_total", "Requests answered.",
                                      {{"route", name(i)}, {"status", std::to_string(status)}});
            place.store(known, std::memory_order_release);
        }
        return *known;
    }

    const std::vector<Route>& routes_;
    Metrics& metrics_;
    Counter& request_bytes_;
    Counter& response_bytes_;
    std::vector<Row> rows_;
};

Router::Router(std::vector<Route> routes, RouterOptions options, const protect::Keys& keys,
               protect::RateLimit& limit, Metrics& metrics)
    : routes_(std::move(routes)), options_(options), keys_(keys), limit_(limit), tree_(routes_) {
    const Status sound = check_routes(routes_);
    if (!sound.ok()) std::fprintf(stderr, "volant: %s\n", sound.error().message.c_str());
    VOLANT_CHECK(sound.ok());
    counters_ = std::make_unique<Counters>(routes_, metrics);
}

Router::~Router() = default;

void Router::answered(const Answered& answered) {
    counters_->count(answered);
}

void Router::recovering(std::function<std::string()> message) {
    const std::lock_guard hold(lock_);
    recovering_ = std::move(message);
    ready_ = false;
}

void Router::ready() {
    ready_ = true;
}

void Router::handle(Request request, Responder responder) {
    Passage passage{request, responder, split_target(request.target), {}, keys_.table()};
    Result<Call> call = admit(passage);
    if (!responder.is_open()) return;
    if (!call.ok()) return responder.send(error_answer(call.error(), passage.retry_after_seconds));
    const Route& route = *call->route;
    route.handle(std::move(*call), std::move(responder));
}

// An error, a call, or (OPTIONS) an error after the answer was given.
Result<Call> Router::admit(Passage& passage) const {
    VOLANT_TRY(const Route* route, find_route(passage));
    VOLANT_OK(check_gate(*route));
    Call call;
    auto caller = authorize(passage, *route);
    VOLANT_OK(check_rate(passage, *route, caller.ok() ? *caller : protect::Caller{}));
    VOLANT_TRY(call.caller, std::move(caller));
    VOLANT_OK(check_path(*route, passage.match.path));
    VOLANT_TRY(call.query,
               parse_query(passage.target.query, route->query, route->open_query, options_.zone));
    call.zone = &options_.zone;
    VOLANT_OK(read_time(passage.request.headers, call));
    VOLANT_TRY(call.body_kind, body_kind(passage.request.headers, *route, call.boundary));
    if (call.body_kind != BodyKind::kNone || passage.request.method == Method::kPost)
        VOLANT_OK(inflate_body(passage.request, options_.body_bytes_max));
    if (call.body_kind == BodyKind::kNone) {
        if (passage.request.method == Method::kPost)
            VOLANT_OK(check_says_nothing(passage.request.body));
        passage.request.body.clear();
    } else {
        VOLANT_OK(hold_body(passage));
    }
    call.route = route;
    call.path = std::move(passage.match.path);
    call.request = std::move(passage.request);
    return call;
}

// A request is kept until its answer is durable, in one form or another.
Status Router::hold_body(Passage& passage) const {
    const std::size_t bytes = passage.request.body.size();
    if (bytes <= kUncountedBody || passage.responder.hold(bytes)) return {};
    return fail(Code::kOverloaded,
                "the requests that wait for their answer are too large together");
}

Result<const Route*> Router::find_route(Passage& passage) const {
    const Method method = passage.request.method;
    if (passage.target.path == "*" && method == Method::kOptions) {
        passage.responder.send({.status = 204});
        return fail(Code::kNotFound, "*");
    }
    VOLANT_TRY(passage.match, tree_.find(passage.target.path));
    if (passage.match.routes == nullptr) return no_such_path(passage.target.path);
    const std::string_view origin = passage.request.headers.get("Origin");
    if (!origin.empty()) {
        passage.responder.add_header("Vary", "Origin");
        if (passage.keys->knows_origin(origin)) {
            passage.responder.add_header("Access-Control-Allow-Origin", origin);
        }
    }
    const int index = route_for(*passage.match.routes, method);
    if (index != RouteTree::kNoRoute) {
        passage.responder.set_tag(static_cast<std::uint32_t>(index));
        return &routes_[static_cast<std::size_t>(index)];
    }
    if (method == Method::kOptions) return answer_options(passage);
    const std::string allowed = RouteTree::methods_of(*passage.match.routes);
    passage.responder.add_header("Allow", allowed);
    return fail(Code::kMethodNotAllowed, "found " + asked_method(passage.request) + " " +
                                             std::string(passage.target.path) + ", expected " +
                                             allowed);
}

// A browser's question whether a page may ask, or anybody's which methods there are.
Error Router::answer_options(Passage& passage) const {
    const Headers& headers = passage.request.headers;
    const std::string allowed = RouteTree::methods_of(*passage.match.routes);
    const bool preflight = headers.has("Origin") && headers.has("Access-Control-Request-Method");
    const Error refused =
        fail(Code::kForbidden,
             "pages of " + std::string(headers.get("Origin")) + " may not ask this server", {},
             "allow it under server.origins, or make a key with this origin");
    if (preflight && !passage.keys->knows_origin(headers.get("Origin"))) return refused;
    passage.responder.add_header("Allow", allowed);
    if (preflight) {
        passage.responder.add_header("Access-Control-Allow-Methods", allowed);
        passage.responder.add_header("Access-Control-Allow-Headers", kCorsHeaders);
        passage.responder.add_header("Access-Control-Max-Age", kCorsMaxAgeSeconds);
    }
    passage.responder.send({.status = 204});
    return refused;
}

Error Router::no_such_path(std::string_view path) const {
    std::vector<std::string_view> patterns;
    for (const Route& route : routes_) patterns.push_back(route.pattern);
    Error error = fail(Code::kNotFound, "no route " + describe(Value(path)));
    if (const auto close = nearest(path, patterns))
        error.hint = "did you mean " + std::string(*close) + "?";
    if (error.hint.empty()) error.hint = "the routes are listed at /openapi.json";
    return error;
}

Status Router::check_gate(const Route& route) const {
    if (ready_.load(std::memory_order_acquire) || route.while_recovering) return {};
    const std::lock_guard hold(lock_);
    return fail(Code::kRecovering, recovering_());
}

Result<protect::Caller> Router::authorize(Passage& passage, const Route& route) const {
    const Request& request = passage.request;
    if (request.in_process) return protect::Caller{"", protect::kAllScopes};
    return passage.keys->authorize({.secret = secret_of(request.headers),
                                    .origin = request.headers.get("Origin"),
                                    .host = request.headers.get("Host"),
                                    .loopback = request.peer.is_loopback()},
                                   route.scope);
}

Status Router::check_rate(Passage& passage, const Route& route,
                          const protect::Caller& caller) const {
    if (!limit_.is_on() || route.scope == protect::Scope::kNone || passage.request.in_process)
        return {};
    const std::string who = caller.key_id.empty() ? passage.request.peer.text() : caller.key_id;
    const Micros wait = limit_.take(who, monotonic_now());
    if (wait == 0) return {};
    passage.retry_after_seconds = static_cast<int>((wait + kSecond - 1) / kSecond);
    return fail(Code::kRateLimited, "more requests than " + who +
                                        " may send; the next one is taken in " +
                                        format_duration(wait));
}

Status Router::read_time(const Headers& headers, Call& call) const {
    if (!headers.has("Volant-Time")) return {};
    if (!options_.simulated_time) {
        return fail(Code::kUnknownField,
                    "found the header Volant-Time, which is taken where volant.yaml says "
                    "`time: simulated` only");
    }
    auto time = time_from_text(trimmed(headers.get("Volant-Time")), options_.zone);
    if (!time.ok()) return std::move(time).error().within("Volant-Time");
    // The clock never goes back: one slip of a unit would move it beyond all use.
    if (*time < kTimeMin || *time > kSimulatedMax) {
        return fail(Code::kTimeOutOfRange, "found Volant-Time " + format_time(*time) +
                                               ", expected a time from 1900 to the year 9999");
    }
    call.time = *time;
    return {};
}

int route_for(const RouteTree::Routes& routes, Method method) {
    if (method == Method::kOther) return RouteTree::kNoRoute;
    const int index = routes[static_cast<std::size_t>(method)];
    if (index != RouteTree::kNoRoute || method != Method::kHead) return index;
    return routes[static_cast<std::size_t>(Method::kGet)];
}

Status check_routes(std::span<const Route> routes) {
    std::set<std::string> seen;
    for (const Route& route : routes) {
        const auto wrong = [&](std::string_view what) {
            return fail(Code::kInternal, "route " + std::string(method_name(route.method)) + " " +
                                             std::string(route.pattern) + ": " + std::string(what));
        };
        if (!route.pattern.starts_with('/')) return wrong("the pattern must begin with a slash");
        if (route.name.empty() || route.text.empty()) return wrong("it needs a name and a text");
        if (!route.handle) return wrong("it has no handler");
        std::string place(method_name(route.method));
        std::size_t parameters = 0;
        for (const std::string_view segment : segments_of(route.pattern)) {
            if (is_parameter(segment) && !segment.ends_with('}'))
                return wrong("a parameter is not closed");
            if (is_parameter(segment)) {
                const std::string_view name = segment.substr(1, segment.size() - 2);
                if (!route.path.empty() &&
                    (parameters >= route.path.size() || route.path[parameters].name != name)) {
                    return wrong("path fields differ from the pattern's");
                }
                ++parameters;
            }
            place.append("/").append(is_parameter(segment) ? "{}" : segment);
        }
        if (!route.path.empty() && route.path.size() != parameters) {
            return wrong("path fields differ from the pattern's");
        }
        if ((route.requests != Many::kNone) != (route.request != nullptr) && !route.multipart) {
            return wrong("a body needs a shape, and a shape a body");
        }
        if (!seen.insert(place).second) return wrong("it stands twice in the table");
        if (!seen.insert(std::string(route.name)).second) return wrong("its name is used twice");
    }
    std::map<std::string_view, const Shape*> shapes;
    for (const Shape* shape : shapes_of(routes)) {
        if (shapes.emplace(shape->name, shape).second) continue;
        return fail(Code::kInternal, "two shapes have the name " + std::string(shape->name));
    }
    return {};
}

}  // namespace volant::api
