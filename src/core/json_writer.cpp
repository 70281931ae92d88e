#include "core/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "core/text.h"

namespace volant::json {
namespace {

// What a byte needs: 0 nothing, 'u' a \u00XX, 'x' a look at its UTF-8, else the letter of its
// escape.
constexpr std::array<char, 256> kEscapes = [] {
    std::array<char, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
    table['\b'] = 'b';
    table['\f'] = 'f';
    table['\n'] = 'n';
    table['\r'] = 'r';
    table['\t'] = 't';
    table['"'] = '"';
    table['\\'] = '\\';
    for (std::size_t c = 0x80; c < 0x100; ++c) table[c] = 'x';
    return table;
}();

void append_escape(std::string& out, unsigned char c) {
    const char escape = kEscapes[c];
    out += '\\';
    out += escape;
    if (escape != 'u') return;
    constexpr std::string_view kHex = "0123456789abcdef";
    out += "00";
    out += kHex[c >> 4];
    out += kHex[c & 15];
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;  // where the bytes that need nothing began
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (kEscapes[c] == 0) [[likely]] {
            ++i;
            continue;
        }
        if (kEscapes[c] == 'x') {
            if (const std::size_t size = utf8_sequence(text.substr(i)); size > 0) {
                i += size;
                continue;
            }
        }
        out.append(text, plain, i - plain);
        if (kEscapes[c] == 'x') {
            out += "\xef\xbf\xbd";
        } else {
            append_escape(out, c);
        }
        plain = ++i;
    }
    out.append(text, plain);
    out += '"';
}

void append_number(std::string& out, double v) {
    if (!std::isfinite(v)) {
        out += "null";
        return;
    }
    char text[32];
    const char* const end = std::to_chars(text, text + sizeof text, v).ptr;
    const std::string_view shortest(text, static_cast<std::size_t>(end - text));
    out += shortest;
    if (shortest.find_first_of(".e") == std::string_view::npos) out += ".0";
}

Writer& Writer::open(char begin, char close) {
    separate();
    VOLANT_CHECK(depth_ < kNestingMax);
    out_ += begin;
    closers_[depth_] = close;
    started_[depth_] = false;
    ++depth_;
    return *this;
}

Writer& Writer::end() {
    VOLANT_CHECK(depth_ > 0 && !after_key_);
    out_ += closers_[--depth_];
    return *this;
}

void Writer::separate() {
    if (after_key_) {
        after_key_ = false;
        return;
    }
    if (depth_ == 0) return;
    VOLANT_CHECK(closers_[depth_ - 1] == ']');  // a member needs its key
    if (started_[depth_ - 1]) out_ += ',';
    started_[depth_ - 1] = true;
}

Writer& Writer::key(std::string_view key) {
    VOLANT_CHECK(depth_ > 0 && closers_[depth_ - 1] == '}' && !after_key_);
    if (started_[depth_ - 1]) out_ += ',';
    started_[depth_ - 1] = true;
    append_string(out_, key);
    out_ += ':';
    after_key_ = true;
    return *this;
}

Writer& Writer::string(std::string_view text) {
    separate();
    append_string(out_, text);
    return *this;
}

Writer& Writer::integer(std::int64_t v) {
    char text[24];
    const char* const end = std::to_chars(text, text + sizeof text, v).ptr;
    return raw({text, static_cast<std::size_t>(end - text)});
}

Writer& Writer::unsigned_integer(std::uint64_t v) {
    char text[24];
    const char* const end = std::to_chars(text, text + sizeof text, v).ptr;
    return raw({text, static_cast<std::size_t>(end - text)});
}

Writer& Writer::number(double v) {
    separate();
    append_number(out_, v);
    return *this;
}

Writer& Writer::boolean(bool v) {
    return raw(v ? "true" : "false");
}

Writer& Writer::time(Micros time) {
    return string(format_time(time));
}

Writer& Writer::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

Writer& Writer::value(const Value& value) {
    switch (value.type()) {
        case Type::kNull:
            return null();
        case Type::kBool:
            return boolean(std::get<bool>(value.data));
        case Type::kInt:
            return integer(std::get<std::int64_t>(value.data));
        case Type::kDouble:
            return number(std::get<double>(value.data));
        case Type::kString:
            return string(std::get<std::string>(value.data));
        case Type::kTime:
            return time(std::get<Time>(value.data).micros);
        case Type::kPoint: {
            const Point& point = std::get<Point>(value.data);
            return object().key("lat").number(point.lat).key("lon").number(point.lon).end();
        }
        case Type::kList:
            array();
            for (const Value& element : std::get<List>(value.data)) this->value(element);
            return end();
    }
    return *this;
}

namespace {

// What a request holds is said again in its error, but not all of it.
constexpr std::size_t kErrorTextMax = 1024;

std::string cut(std::string_view text) {
    if (text.size() <= kErrorTextMax) return std::string(text);
    return std::string(utf8_prefix(text, kErrorTextMax)) + "...";
}

}  // namespace

void write_error(Writer& out, const Error& error) {
    out.object();
    out.key("code").string(error_row(error.code).name);
    out.key("message").string(cut(error.message));
    if (!error.field.empty()) out.key("field").string(cut(error.field));
    if (!error.hint.empty()) out.key("hint").string(cut(error.hint));
    out.end();
}

std::string error_body(const Error& error) {
    std::string body;
    Writer out(body);
    out.object().key("error");
    write_error(out, error);
    out.end();
    return body;
}

}  // namespace volant::json
