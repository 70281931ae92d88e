// A request's body by its headers: what it is, and its plain bytes.
#pragma once

#include <string>

#include "api/http.h"
#include "api/route.h"
#include "core/result.h"

namespace volant::api {

// `Content-Type` is believed for NDJSON and multipart; everything else is read as JSON. `boundary`
// is set for multipart. Errors: kUnsupportedMediaType where the route does not take it.
Result<BodyKind> body_kind(const Headers& headers, const Route& route, std::string& boundary);

// Undoes Content-Encoding in place. Errors: kUnsupportedMediaType, kTooLarge, kInvalidJson
// (damaged).
Status inflate_body(Request& request, std::size_t bytes_max);

}  // namespace volant::api
