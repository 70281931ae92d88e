#include "api/body.h"

#include "core/compress.h"
#include "core/text.h"

namespace volant::api {
namespace {

// The value of `name=value` or `name="value"` among the parameters of a media type.
std::string_view media_parameter(std::string_view type, std::string_view name) {
    for (std::size_t at = type.find(';'); at != std::string_view::npos; at = type.find(';')) {
        type.remove_prefix(at + 1);
        const std::string_view pair = trimmed(type.substr(0, type.find(';')));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        if (!equal_ignoring_case(trimmed(pair.substr(0, equals)), name)) continue;
        std::string_view value = trimmed(pair.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        return value;
    }
    return {};
}

Error unsupported(std::string_view found, std::string_view expected) {
    return fail(Code::kUnsupportedMediaType,
                "found Content-Type " + std::string(found) + ", expected " + std::string(expected));
}

}  // namespace

Result<BodyKind> body_kind(const Headers& headers, const Route& route, std::string& boundary) {
    if (route.requests == Many::kNone) return BodyKind::kNone;
    const std::string_view type = headers.get("Content-Type");
    const std::string_view media = trimmed(type.substr(0, type.find(';')));
    if (equal_ignoring_case(media, "application/x-ndjson") ||
        equal_ignoring_case(media, "application/ndjson")) {
        if (route.requests == Many::kOneOrMore) return BodyKind::kNdjson;
        return unsupported(media, "application/json: this route takes one object");
    }
    if (equal_ignoring_case(media, "multipart/form-data")) {
        if (!route.multipart) return unsupported(media, "application/json");
        boundary = media_parameter(type, "boundary");
        if (boundary.empty()) return unsupported(type, "a boundary after multipart/form-data");
        return BodyKind::kMultipart;
    }
    return BodyKind::kJson;
}

Status inflate_body(Request& request, std::size_t bytes_max) {
    const std::string_view name = request.headers.get("Content-Encoding");
    if (name.empty()) return {};
    VOLANT_TRY(const Encoding encoding, encoding_named(trimmed(name)));
    if (encoding == Encoding::kIdentity || request.body.empty()) return {};
    VOLANT_TRY(request.body, inflate(encoding, request.body, bytes_max));
    return {};
}

}  // namespace volant::api
