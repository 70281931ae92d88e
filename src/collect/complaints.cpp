#include "collect/complaints.h"

#include <fmt/format.h>

namespace volant::collect {

std::string property_pointer(std::string_view name) {
    std::string text = "/properties/";
    for (const char c : name) {
        if (c == '~') {
            text += "~0";
        } else if (c == '/') {
            text += "~1";
        } else {
            text += c;
        }
    }
    return text;
}

std::string property_label(std::string_view event, std::string_view entity, std::string_view name) {
    return entity.empty() ? fmt::format("\"{}\" of \"{}\"", name, event)
                          : fmt::format("attribute \"{}\" of \"{}\"", name, entity);
}

Error contradicts(std::string_view label, std::string_view how, std::string_view known,
                  const Value& found, std::string_view name) {
    return fail(Code::kWrongType,
                fmt::format("{} is {} {}, found {} {}", label, how, known, type_name(found.type()),
                            describe(found)),
                property_pointer(name));
}

}  // namespace volant::collect
