#include "collect/complaints.h"

#include <fmt/format.h>

namespace volant::collect {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

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

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > kNameMax) return false;
    bool any_control = false;  // without a way out of the loop, which lets it go in wide steps
    for (const char c : name) any_control |= is_control(c);
    return !any_control;
}

Error bad_name(std::string_view name, std::string_view what, std::string field) {
    if (name.empty() || name.size() > kNameMax)
        return fail(
            Code::kOutOfRange,
            fmt::format("found {} of {} bytes, expected 1 to {}", what, name.size(), kNameMax),
            std::move(field));
    return fail(Code::kOutOfRange, fmt::format("found a control character in {}", what),
                std::move(field));
}

}  // namespace volant::collect
