// Errors as HTTP answers: {"error":{"code","message","field"?,"hint"?}}, the status from
// core/errors.h.
#pragma once

#include "api/http.h"
#include "core/result.h"

namespace volant::api {

inline constexpr int kRetryAfterSeconds = 1;

// With Retry-After where the table says that a retry may help (429, 503), and WWW-Authenticate for
// 401.
Response error_answer(const Error& error, int retry_after_seconds = kRetryAfterSeconds);

}  // namespace volant::api
