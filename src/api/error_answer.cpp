#include "api/error_answer.h"

namespace volant::api {
namespace {

void append_string(std::string_view text, std::string& out) {
    constexpr char kDigits[] = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20) {
            out.append("\\u00");
            out.push_back(kDigits[byte >> 4]);
            out.push_back(kDigits[byte & 15]);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

void append_member(std::string_view name, std::string_view value, std::string& out) {
    if (value.empty()) return;
    out.append(",\"").append(name).append("\":");
    append_string(value, out);
}

}  // namespace

void append_error(const Error& error, std::string& out) {
    out.append("{\"error\":{\"code\":\"").append(error_row(error.code).name).append("\"");
    append_member("message", error.message, out);
    append_member("field", error.field, out);
    append_member("hint", error.hint, out);
    out.append("}}");
}

Response error_answer(const Error& error, int retry_after_seconds) {
    Response response;
    response.status = error_row(error.code).http_status;
    append_error(error, response.body);
    if (response.status == 429 || response.status == 503) {
        response.headers = "Retry-After: " + std::to_string(retry_after_seconds) + "\r\n";
    } else if (response.status == 401) {
        response.headers = "WWW-Authenticate: Bearer\r\n";
    }
    return response;
}

}  // namespace volant::api
