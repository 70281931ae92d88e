#include "core/json_reader.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/json_token.h"

namespace volant::json {
namespace {

std::string pointer_part(std::string_view key) {
    std::string part = "/";
    for (const char c : key) {
        if (c == '~') {
            part += "~0";
        } else if (c == '/') {
            part += "~1";
        } else {
            part += c;
        }
    }
    return part;
}

}  // namespace

Type Item::type() const {
    switch (first()) {
        case '"':
            return Type::kString;
        case '[':
            return Type::kList;
        case '{':
            return Type::kPoint;
        case 't':
        case 'f':
            return Type::kBool;
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9': {
            const std::string_view text = token();
            const bool whole = text.find_first_of(".eE") == std::string_view::npos;
            return whole ? Type::kInt : Type::kDouble;
        }
        default:
            return Type::kNull;
    }
}

Result<std::string_view> Item::escaped_string() {
    const std::string_view text = token();
    Error error;
    const std::string_view plain =
        document_->unescaped(text.data() + 1, text.data() + text.size() - 1, &error);
    if (plain.data() == nullptr) return error;
    advance();
    return plain;
}

Result<std::string_view> Item::id() {
    std::string_view id;
    if (is_string()) {
        const std::uint32_t* const before = document_->next_;
        VOLANT_TRY(id, string());
        if (id.empty() || id.size() > kIdBytesMax) {
            document_->next_ = before;
            return fail(Code::kOutOfRange, "found an id of " + std::to_string(id.size()) +
                                               " bytes, expected 1 to 256");
        }
        return id;
    }
    if (start() == document_->end_) return wrong_type(expected_of(Kind::kId));
    id = token();
    const NumberText number = read_number_text(id);
    if (!number.valid || !number.integer) return wrong_type(expected_of(Kind::kId));
    if (id.size() > kIdBytesMax) {
        return fail(Code::kOutOfRange, "found an id of " + std::to_string(id.size()) +
                                           " digits, expected at most 256");
    }
    advance();
    return id == "-0" ? std::string_view("0") : id;
}

Result<std::int64_t> Item::long_integer() {
    const std::string_view text = token();
    const NumberText number = read_number_text(text);
    if (!number.valid || !number.integer) return wrong_type("an integer");
    std::int64_t v = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), v).ec != std::errc{}) {
        return fail(Code::kOutOfRange,
                    "found " + shown(text) + ", expected an integer that fits 64 bits with a sign");
    }
    advance();
    return v;
}

Result<double> Item::number() {
    if (start() == document_->end_) return wrong_type("a number");
    const std::string_view text = token();
    const PlainNumber plain = read_plain_number(text);
    if (plain.form != PlainNumber::kOther) {
        advance();
        return plain.form == PlainNumber::kDecimal ? plain.decimal
                                                   : static_cast<double>(plain.integer);
    }
    if (!read_number_text(text).valid) return wrong_type("a number");
    double v = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (error == std::errc::result_out_of_range) {
        v = std::strtod(std::string(text).c_str(), nullptr);  // too small is zero, or near it
        if (std::isinf(v)) {
            return fail(Code::kOutOfRange,
                        "found " + shown(text) + ", expected a number that fits a double");
        }
    }
    advance();
    return v;
}

Result<Micros> Item::time(const ZoneRule& zone) {
    switch (type()) {
        case Type::kString: {
            VOLANT_TRY(const std::string_view text, string());
            return parse_time(text, zone);
        }
        case Type::kInt: {
            VOLANT_TRY(const std::int64_t v, integer());
            return time_from_number(v);
        }
        case Type::kDouble: {
            VOLANT_TRY(const double v, number());
            return time_from_number(v);
        }
        default:
            return wrong_type(expected_of(Kind::kTime));
    }
}

Status Item::null() {
    if (start() == document_->end_ || token() != "null") return wrong_type("null");
    advance();
    return {};
}

Result<Point> Item::point() {
    Point point;
    int found = 0;
    bool other = false;
    const Item before = *this;
    VOLANT_OK(object([&](std::string_view key, Item item) -> Status {
        const bool lat = key == "lat";
        if (!lat && key != "lon") {
            other = true;
            return {};
        }
        VOLANT_TRY(const double degrees, item.number());
        const double most = lat ? 90 : 180;
        if (!(std::fabs(degrees) <= most)) {
            return fail(Code::kOutOfRange, "found " + plain_number(degrees) + ", expected " +
                                               plain_number(-most) + " to " + plain_number(most));
        }
        (lat ? point.lat : point.lon) = degrees;
        ++found;
        return {};
    }));
    if (other || found != 2) {
        return before.wrong_type("a value; of objects only {\"lat\",\"lon\"} is one");
    }
    return point;
}

Result<Value> Item::value() {
    switch (type()) {
        case Type::kString: {
            VOLANT_TRY(const std::string_view v, string());
            return Value(v);
        }
        case Type::kInt: {
            VOLANT_TRY(const std::int64_t v, integer());
            return Value(v);
        }
        case Type::kDouble: {
            VOLANT_TRY(const double v, number());
            return Value(v);
        }
        case Type::kBool: {
            VOLANT_TRY(const bool v, boolean());
            return Value(v);
        }
        case Type::kPoint: {
            VOLANT_TRY(const Point v, point());
            return Value(v);
        }
        case Type::kList: {
            List list;
            VOLANT_OK(array([&](std::size_t, Item item) -> Status {
                VOLANT_TRY(Value v, item.value());
                list.push_back(std::move(v));
                return {};
            }));
            return Value(std::move(list));
        }
        default:
            if (!null().ok()) return wrong_type(expected_of(Kind::kValue));
            return Value();
    }
}

Status Item::write_value(BytesWriter& out) {
    const char c = first();
    if (c == '"') {
        VOLANT_TRY(const std::string_view v, string());
        out.tagged(Type::kString, v.size());
        out.raw(v.data(), v.size());
        return {};
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
        const PlainNumber plain = read_plain_number(token());
        if (plain.form == PlainNumber::kInteger) {
            out.tagged(Type::kInt, zigzag(plain.integer));
            advance();
            return {};
        }
        if (plain.form == PlainNumber::kDecimal) {
            out.u8(static_cast<std::uint8_t>(Type::kDouble));
            out.f64(plain.decimal);
            advance();
            return {};
        }
    }
    if (c == '[') return write_list(out);
    VOLANT_TRY(const Value v, value());
    out.value(v);
    return {};
}

// The count stands before the items, and is known behind them. It mostly fits the byte that is left
// for it.
Status Item::write_list(BytesWriter& out) {
    out.u8(static_cast<std::uint8_t>(Type::kList));
    const std::size_t place = out.buffer().size();
    out.u8(0);
    std::uint64_t count = 0;
    VOLANT_OK(array([&](std::size_t, Item item) {
        ++count;
        return item.write_value(out);
    }));
    std::string text;
    volant::Writer(text).varint(count);
    out.buffer()[place] = text[0];
    out.buffer().insert(place + 1, std::string_view(text).substr(1));
    return {};
}

Result<std::string_view> Item::raw() {
    if (start() == document_->end_) return wrong_type(expected_of(Kind::kAny));
    const bool scalar = !is_object() && !is_array();
    VOLANT_OK(check());
    if (scalar) return token();
    const char* const close = document_->text_ + document_->next_[-1];
    return std::string_view(begin(), static_cast<std::size_t>(close + 1 - begin()));
}

Status Item::check() {
    switch (first()) {
        case '{':
            return object([](std::string_view, Item item) { return item.check(); });
        case '[':
            return array([](std::size_t, Item item) { return item.check(); });
        default:
            break;
    }
    auto value = this->value();
    if (!value.ok()) return std::move(value).error();
    return {};
}

Error Item::wrong_type(std::string_view expected) const {
    Document& d = *document_;
    const std::uint32_t* const before = d.next_;
    d.next_ = start();
    const bool container = is_object() || is_array();
    const bool valid = container || (start() != d.end_ && scalar_valid(token()));
    Error error = d.unexpected(expected);
    d.next_ = before;
    if (!valid) return error;
    std::string found;
    if (is_object()) {
        found = "an object";
    } else if (is_array()) {
        found = "a list";
    } else if (is_string()) {
        found = "string " + shown(token());
    } else {
        found = shown(token());
    }
    return fail(Code::kWrongType, "found " + found + ", expected " + std::string(expected));
}

Error Item::at_key(Error error, std::string_view key) {
    return std::move(error).at(pointer_part(key));
}

Error Item::at_index(Error error, std::size_t index) {
    return std::move(error).at("/" + std::to_string(index));
}

Error Item::duplicate(std::string_view key) {
    return fail(Code::kDuplicateKey,
                "the key " + describe(Value(key)) + " stands twice in one object",
                pointer_part(key));
}

}  // namespace volant::json
