#include "core/value.h"

#include <fmt/format.h>

#include "core/result.h"

namespace volant {

bool Value::has_number() const {
    switch (type()) {
        case Type::kBool:
        case Type::kInt:
        case Type::kDouble:
        case Type::kTime:
            return true;
        default:
            return false;
    }
}

double Value::number() const {
    switch (type()) {
        case Type::kBool:
            return std::get<bool>(data) ? 1 : 0;
        case Type::kInt:
            return static_cast<double>(std::get<std::int64_t>(data));
        case Type::kDouble:
            return std::get<double>(data);
        case Type::kTime:
            return static_cast<double>(std::get<Time>(data).micros);
        default:
            VOLANT_CHECK(has_number());
            return 0;
    }
}

std::string_view type_name(Type type) {
    switch (type) {
        case Type::kNull:
            return "null";
        case Type::kBool:
            return "bool";
        case Type::kInt:
            return "int";
        case Type::kDouble:
            return "double";
        case Type::kString:
            return "string";
        case Type::kTime:
            return "time";
        case Type::kPoint:
            return "point";
        case Type::kList:
            return "list";
    }
    return "unknown";
}

std::string describe(const Value& value) {
    switch (value.type()) {
        case Type::kNull:
            return "null";
        case Type::kBool:
            return std::get<bool>(value.data) ? "true" : "false";
        case Type::kInt:
            return fmt::format("{}", std::get<std::int64_t>(value.data));
        case Type::kDouble:
            return fmt::format("{}", std::get<double>(value.data));
        case Type::kString: {
            const std::string& text = *value.string();
            if (text.size() <= 40) return fmt::format("\"{}\"", text);
            std::size_t cut = 40;  // not inside a UTF-8 sequence
            while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
            return fmt::format("\"{}...\"", std::string_view(text).substr(0, cut));
        }
        case Type::kTime:
            return format_time(std::get<Time>(value.data).micros);
        case Type::kPoint: {
            const Point p = std::get<Point>(value.data);
            return fmt::format("point({}, {})", p.lat, p.lon);
        }
        case Type::kList:
            return fmt::format("a list of {}", value.list()->size());
    }
    return "unknown";
}

}  // namespace volant
