#include "core/json_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/nearest.h"

namespace volant::json {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

struct NumberText {
    bool valid = false;    // as RFC 8259 writes numbers
    bool integer = false;  // no fraction, no exponent
};

const char* pass_digits(const char* p, const char* end) {
    while (p != end && is_digit(*p)) ++p;
    return p;
}

NumberText read_number_text(std::string_view token) {
    const char* p = token.data();
    const char* const end = p + token.size();
    if (p != end && *p == '-') ++p;
    const char* const whole = p;
    p = pass_digits(p, end);
    if (p == whole || (*whole == '0' && p - whole > 1)) return {};
    bool integer = true;
    if (p != end && *p == '.') {
        integer = false;
        const char* const fraction = ++p;
        p = pass_digits(p, end);
        if (p == fraction) return {};
    }
    if (p != end && (*p == 'e' || *p == 'E')) {
        integer = false;
        if (++p != end && (*p == '+' || *p == '-')) ++p;
        const char* const exponent = p;
        p = pass_digits(p, end);
        if (p == exponent) return {};
    }
    return {p == end, integer};
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The code unit of `XXXX`, or -1.
int hex_unit(const char* p, const char* end) {
    if (end - p < 4) return -1;
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
        const int digit = hex_digit(p[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

// What stands for `\c`, or 0 when nothing does (and for `u`).
char simple_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return 0;
    }
}

char* put_utf8(std::uint32_t point, char* out) {
    const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6);
        put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    }
    return out;
}

enum class Escape { kGood, kBroken, kHalfPair };

// Reads `\uXXXX`, or a pair of them, at `p` (behind the `u`); `p` moves behind it.
Escape read_unicode(const char*& p, const char* end, std::uint32_t& point) {
    const int unit = hex_unit(p, end);
    if (unit < 0) return Escape::kBroken;
    p += 4;
    point = static_cast<std::uint32_t>(unit);
    if (unit < 0xd800 || unit > 0xdfff) return Escape::kGood;
    if (unit > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u') return Escape::kHalfPair;
    const int low = hex_unit(p + 2, end);
    if (low < 0) return Escape::kBroken;
    if (low < 0xdc00 || low > 0xdfff) return Escape::kHalfPair;
    p += 6;
    point = 0x10000 + ((point - 0xd800) << 10) + static_cast<std::uint32_t>(low - 0xdc00);
    return Escape::kGood;
}

// Writes the string without its escapes; nothing longer than it was. With `out` null it only
// checks.
Escape unescape(const char* p, const char* end, char*& out) {
    Escape worst = Escape::kGood;
    while (p != end) {
        if (*p != '\\') {
            if (out != nullptr) *out++ = *p;
            ++p;
            continue;
        }
        if (++p == end) return Escape::kBroken;
        const char c = *p++;
        if (c == 'u') {
            std::uint32_t point = 0;
            const Escape escape = read_unicode(p, end, point);
            if (escape == Escape::kBroken) return escape;
            if (escape == Escape::kHalfPair) worst = escape;
            if (out != nullptr && escape == Escape::kGood) out = put_utf8(point, out);
        } else {
            const char plain = simple_escape(c);
            if (plain == 0) return Escape::kBroken;
            if (out != nullptr) *out++ = plain;
        }
    }
    return worst;
}

bool escapes_valid(std::string_view inside) {
    char* nowhere = nullptr;
    return unescape(inside.data(), inside.data() + inside.size(), nowhere) != Escape::kBroken;
}

bool scalar_valid(std::string_view token) {
    if (token == "null" || token == "true" || token == "false") return true;
    if (token.size() >= 2 && token.front() == '"' && token.back() == '"') {
        return escapes_valid(token.substr(1, token.size() - 2));
    }
    return read_number_text(token).valid;
}

std::string shown(std::string_view token) {
    constexpr std::size_t kShown = 40;
    if (token.size() <= kShown) return std::string(token);
    std::size_t cut = kShown;
    while (cut > 0 && (static_cast<unsigned char>(token[cut]) & 0xc0) == 0x80) --cut;
    return std::string(token.substr(0, cut)) + "...";
}

// Writers that print doubles as they are produce these.
std::string hint_for(std::string_view token) {
    if (!token.empty() && (token.front() == '-' || token.front() == '+')) token.remove_prefix(1);
    const bool not_a_number = token == "NaN" || token == "nan" || token == "NAN";
    const bool infinite = token == "Infinity" || token == "inf" || token == "Inf";
    if (not_a_number || infinite) {
        return "NaN and infinity are not JSON; send null for a missing value";
    }
    if (token == "None") return "JSON writes it null";
    if (token == "True" || token == "False") return "JSON writes it true or false";
    if (!token.empty() && token.front() == '\'') return "JSON strings stand in double quotes";
    return {};
}

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

std::string_view expected_of(Kind kind) {
    switch (kind) {
        case Kind::kId:
            return "an id (a string of 1 to 256 bytes, or an integer)";
        case Kind::kString:
            return "a string";
        case Kind::kTime:
            return "a time (ISO 8601 with a zone, or a number)";
        case Kind::kBool:
            return "true or false";
        case Kind::kInt:
            return "an integer";
        case Kind::kNumber:
            return "a number";
        case Kind::kOutcome:
            return "a number, true, false or a string";
        case Kind::kValues:
        case Kind::kObject:
            return "an object";
        case Kind::kArray:
            return "a list";
        case Kind::kValue:
            return "a value (null, true, false, a number, a string, a list or {\"lat\",\"lon\"})";
        case Kind::kAny:
            return "a value";
    }
    return "a value";
}

bool kind_takes(Kind kind, Type type, bool object) {
    switch (kind) {
        case Kind::kId:
            return type == Type::kString || type == Type::kInt;
        case Kind::kString:
            return type == Type::kString;
        case Kind::kTime:
            return type == Type::kString || type == Type::kInt || type == Type::kDouble;
        case Kind::kBool:
            return type == Type::kBool;
        case Kind::kInt:
            return type == Type::kInt;
        case Kind::kNumber:
            return type == Type::kInt || type == Type::kDouble;
        case Kind::kOutcome:
            return type == Type::kInt || type == Type::kDouble || type == Type::kBool ||
                   type == Type::kString;
        case Kind::kValues:
        case Kind::kObject:
            return object;
        case Kind::kArray:
            return type == Type::kList;
        case Kind::kValue:
        case Kind::kAny:
            return true;
    }
    return true;
}

bool stands_in(std::string_view value, std::string_view choices) {
    for (std::size_t from = 0; from <= choices.size();) {
        const std::size_t bar = std::min(choices.find('|', from), choices.size());
        if (choices.substr(from, bar - from) == value) return true;
        from = bar + 1;
    }
    return false;
}

std::string plain_number(double v) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, v).ptr};
}

std::string bounds_text(const Field& field) {
    if (std::isinf(field.max)) return "at least " + plain_number(field.min);
    if (std::isinf(field.min)) return "at most " + plain_number(field.max);
    return plain_number(field.min) + " to " + plain_number(field.max);
}

}  // namespace

// The first stage alone is used: it marks where tokens begin. What follows each mark is read above.
struct Document::Index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    std::size_t capacity = 0;

    simdjson::error_code make_room(std::size_t size) {
        if (parser && size <= capacity) return simdjson::SUCCESS;
        constexpr std::size_t kLeast = 4096;
        capacity = std::max({size, kLeast, std::min(2 * capacity, kTextBytesKept)});
        parser.reset();
        return simdjson::get_active_implementation()->create_dom_parser_implementation(
            capacity, kDepthMax, parser);
    }
};

Document::Document() : index_(std::make_unique<Index>()) {}
Document::~Document() = default;

Result<Item> Document::parse(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (text.empty()) return fail(Code::kInvalidJson, "found nothing, expected JSON");
    if (index_->make_room(text.size()) != simdjson::SUCCESS) {
        return fail(Code::kTooLarge, "the text has " + std::to_string(text.size()) + " bytes");
    }
    auto& parser = *index_->parser;
    const auto error = parser.stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     text.size(), simdjson::stage1_mode::regular);
    switch (error) {
        case simdjson::SUCCESS:
            break;
        case simdjson::EMPTY:
            return fail(Code::kInvalidJson, "found nothing, expected JSON");
        case simdjson::UTF8_ERROR:
            return fail(Code::kInvalidUtf8, "the text is not valid UTF-8");
        case simdjson::UNCLOSED_STRING:
            return fail(Code::kInvalidJson, "a string has no closing quote");
        case simdjson::UNESCAPED_CHARS:
            return fail(Code::kInvalidJson, "a control character stands in a string", {},
                        "write it as an escape, such as \\n");
        default:
            return fail(Code::kInvalidJson, simdjson::error_message(error));
    }
    text_ = text.data();
    size_ = text.size();
    next_ = parser.structural_indexes.get();
    end_ = next_ + parser.n_structural_indexes;
    parser.structural_indexes[parser.n_structural_indexes] =
        static_cast<std::uint32_t>(text.size());
    level_ = 0;
    escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
    if (blocks_.size() > 1 || block_size_ > kTextBytesKept) {
        blocks_.clear();
        block_size_ = 0;
    }
    block_used_ = 0;
    return Item(*this, 0);
}

Status Document::finish() {
    const std::uint32_t* const start = index_->parser->structural_indexes.get();
    if (level_ != 0 || next_ == start) {  // the root was not read, or its reading was given up
        next_ = start;
        level_ = 0;
        VOLANT_OK(pass_over());
    }
    if (next_ != end_) return unexpected("the end");
    if (index_->capacity > kTextBytesKept) *index_ = {};
    return {};
}

char* Document::room_for(std::size_t bytes) {
    if (blocks_.empty() || block_size_ - block_used_ < bytes) {
        block_size_ = std::max(size_, bytes);
        blocks_.push_back(std::make_unique<char[]>(block_size_ + 1));
        block_used_ = 0;
    }
    char* const room = blocks_.back().get() + block_used_;
    block_used_ += bytes;
    return room;
}

std::string_view Document::unescaped(const char* begin, const char* end, Error* error) {
    char* const room = room_for(static_cast<std::size_t>(end - begin));
    char* out = room;
    const Escape escape = unescape(begin, end, out);
    if (escape == Escape::kGood) return {room, static_cast<std::size_t>(out - room)};
    const std::string text = shown({begin, static_cast<std::size_t>(end - begin)});
    *error = escape == Escape::kBroken
                 ? fail(Code::kInvalidJson, "a broken escape in \"" + text + "\"")
                 : fail(Code::kInvalidUtf8, "half a surrogate pair in \"" + text + "\"");
    return {};
}

Error Document::unexpected(std::string_view expected) const {
    std::string message = "found ";
    std::string hint;
    if (next_ == end_) {
        message += "the end";
    } else {
        const char* const begin = text_ + *next_;
        const std::string_view token(begin,
                                     static_cast<std::size_t>(trimmed(text_ + next_[1]) - begin));
        message += shown(token) + " at byte " + std::to_string(*next_);
        hint = hint_for(token);
    }
    return fail(Code::kInvalidJson, message + ", expected " + std::string(expected), {}, hint);
}

Status Document::pass_over() {
    std::string open;  // the brackets that are to be closed
    for (;;) {
        const char c = peek();
        if (c == '{' || c == '[') {
            ++next_;
            if (peek() != (c == '{' ? '}' : ']')) {
                open += c;
                if (c == '{') {
                    if (auto member = key(); !member.ok()) return std::move(member).error();
                }
                continue;
            }
            ++next_;
        } else {
            if (next_ == end_ || !scalar_valid(Item(*this, 0).token()))
                return unexpected("a value");
            ++next_;
        }
        for (;;) {
            if (open.empty()) return {};
            const char close = open.back() == '{' ? '}' : ']';
            if (peek() == ',') {
                ++next_;
                if (close == '}') {
                    if (auto member = key(); !member.ok()) return std::move(member).error();
                }
                break;
            }
            if (peek() != close)
                return unexpected(close == '}' ? "\",\" or \"}\"" : "\",\" or \"]\"");
            ++next_;
            open.pop_back();
        }
    }
}

bool Keys::insert_many(std::string_view key) {
    if (!many_) many_ = std::make_unique<std::set<std::string_view>>();
    return many_->insert(key).second;
}

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
    if (start_ == document_->end_) return wrong_type(expected_of(Kind::kId));
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
    if (start_ == document_->end_) return wrong_type("a number");
    const std::string_view text = token();
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

Result<Micros> Item::time(ZoneRule zone) {
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
    if (start_ == document_->end_ || token() != "null") return wrong_type("null");
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
            VOLANT_OK(null());
            return Value();
    }
}

Result<std::string_view> Item::raw() {
    if (start_ == document_->end_) return wrong_type(expected_of(Kind::kAny));
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

Status Item::fits(const Field& field) {
    if (field.kind == Kind::kAny || field.kind == Kind::kValue) return {};
    if (!kind_takes(field.kind, type(), is_object())) return wrong_type(expected_of(field.kind));
    const bool number = field.kind == Kind::kInt || field.kind == Kind::kNumber;
    if (number && (!std::isinf(field.min) || !std::isinf(field.max))) {
        Item ahead = *this;
        VOLANT_TRY(const double v, ahead.number());
        document_->next_ = start_;
        if (!(v >= field.min && v <= field.max)) {
            return fail(Code::kOutOfRange,
                        "found " + shown(token()) + ", expected " + bounds_text(field));
        }
    }
    if (!field.values.empty() && is_string()) {
        Item ahead = *this;
        VOLANT_TRY(const std::string_view v, ahead.string());
        document_->next_ = start_;
        if (!stands_in(v, field.values)) {
            std::string choices(field.values);
            std::replace(choices.begin(), choices.end(), '|', ' ');
            return fail(Code::kOutOfRange,
                        "found " + describe(Value(v)) + ", expected one of: " + choices);
        }
    }
    return {};
}

Error Item::wrong_type(std::string_view expected) const {
    Document& d = *document_;
    const std::uint32_t* const before = d.next_;
    d.next_ = start_;
    const bool container = is_object() || is_array();
    const bool valid = container || (start_ != d.end_ && scalar_valid(token()));
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

Error Item::unknown(const Shape& shape, std::string_view key) {
    std::vector<std::string_view> names;
    for (const Field& field : shape.fields) names.push_back(field.name);
    return fail(Code::kUnknownField, "unknown field " + describe(Value(key)), {},
                name_hint(key, names));
}

Error Item::missing(const Shape& shape, std::uint64_t seen) {
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        const Field& field = shape.fields[i];
        if (!field.required || (seen >> i & 1) != 0) continue;
        return fail(Code::kMissingField,
                    "\"" + std::string(field.name) + "\" is missing, expected " +
                        std::string(expected_of(field.kind)),
                    pointer_part(field.name));
    }
    VOLANT_CHECK(false);
    return {};
}

}  // namespace volant::json
