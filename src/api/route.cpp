#include "api/route.h"

#include <charconv>

#include "api/parameters.h"

namespace volant::api {

const std::string* Call::parameter(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) return &value;
    }
    return nullptr;
}

bool Call::flag(std::string_view name) const {
    const std::string* value = parameter(name);
    return value != nullptr && *value == "true";
}

std::int64_t Call::integer(std::string_view name, std::int64_t otherwise) const {
    const std::string* value = parameter(name);
    if (value != nullptr) std::from_chars(value->data(), value->data() + value->size(), otherwise);
    return otherwise;
}

std::optional<Micros> Call::time_of(std::string_view name) const {
    const std::string* value = parameter(name);
    if (value == nullptr) return std::nullopt;
    const auto read = time_from_text(*value, zone == nullptr ? ZoneRule{} : *zone);
    VOLANT_CHECK(read.ok());
    return *read;
}

Response json_answer(std::string json, int status) {
    Response response;
    response.status = status;
    response.body = std::move(json);
    return response;
}

}  // namespace volant::api
