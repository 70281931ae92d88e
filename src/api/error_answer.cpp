#include "api/error_answer.h"

#include "core/json_writer.h"

namespace volant::api {
Response error_answer(const Error& error, int retry_after_seconds) {
    Response response;
    response.status = error_row(error.code).http_status;
    response.body = json::error_body(error);
    if (response.status == 429 || response.status == 503) {
        response.headers = "Retry-After: " + std::to_string(retry_after_seconds) + "\r\n";
    } else if (response.status == 401) {
        response.headers = "WWW-Authenticate: Bearer\r\n";
    }
    return response;
}

}  // namespace volant::api
