// The only file that includes simdjson.
#include <simdjson.h>

#include <algorithm>

#include "core/json_reader.h"
#include "core/json_token.h"

namespace volant::json {
namespace {

// The first stage says what is wrong, not where: what follows reads the text again to tell.

std::size_t find_broken_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t size = utf8_sequence(text.substr(at, 4));
        if (size == 0) break;
        at += size;
    }
    return at;
}

// Walks the tokens up to `end`: calls `on(c)` for each byte outside of strings, and stops where
// `in_string(c)` says so of one inside. Where it stopped.
template <class On, class InString>
std::size_t walk(std::string_view text, std::size_t end, On&& on, InString&& in_string) {
    bool inside = false;
    for (std::size_t at = 0; at < end; ++at) {
        const char c = text[at];
        if (inside && in_string(c)) return at;
        if (c == '"') {
            inside = !inside;
        } else if (inside && c == '\\') {
            ++at;
        } else if (!inside) {
            on(c);
        }
    }
    return end;
}

std::size_t find_control_character(std::string_view text) {
    return walk(
        text, text.size(), [](char) {},
        [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

// The place, and in an array of elements the element.
Error at_place(Error error, std::string_view text, std::size_t at) {
    error.message += " at byte " + std::to_string(at);
    if (!trimmed(text).starts_with('[')) return error;
    std::size_t depth = 0, index = 0;
    walk(
        text, at,
        [&](char c) {
            if (c == '[' || c == '{') ++depth;
            if ((c == ']' || c == '}') && depth > 0) --depth;
            if (c == ',' && depth == 1) ++index;
        },
        [](char) { return false; });
    return std::move(error).at("/" + std::to_string(index));
}

// Every other byte of ASCII in UTF-16 is NUL; a byte order mark may stand before.
bool is_utf16(std::string_view text) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
    return text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
}

Error looks_like_utf16(Code code) {
    return fail(code, "the text looks like UTF-16, expected UTF-8", {},
                "encode it as UTF-8 before it is sent");
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

int Document::index(std::string_view text) {
    if (index_->make_room(text.size()) != simdjson::SUCCESS) return simdjson::CAPACITY;
    auto& parser = *index_->parser;
    const auto error = parser.stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     text.size(), simdjson::stage1_mode::regular);
    if (error != simdjson::SUCCESS) return error;
    text_ = text.data();
    size_ = text.size();
    begin_ = next_ = parser.structural_indexes.get();
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
    return simdjson::SUCCESS;
}

Result<Item> Document::parse(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (text.empty()) return fail(Code::kInvalidJson, "found nothing, expected JSON");
    switch (const int error = index(text)) {
        case simdjson::SUCCESS:
            return Item(*this, 0);
        case simdjson::CAPACITY:
            return fail(Code::kTooLarge, "the text has " + std::to_string(text.size()) + " bytes");
        case simdjson::EMPTY:
            return fail(Code::kInvalidJson, "found nothing, expected JSON");
        case simdjson::UTF8_ERROR:
            if (is_utf16(text)) return looks_like_utf16(Code::kInvalidUtf8);
            return at_place(fail(Code::kInvalidUtf8, "the text is not valid UTF-8"), text,
                            find_broken_utf8(text));
        case simdjson::UNCLOSED_STRING:
            if (is_utf16(text)) return looks_like_utf16(Code::kInvalidJson);
            return fail(Code::kInvalidJson, "a string has no closing quote");
        case simdjson::UNESCAPED_CHARS:
            if (is_utf16(text)) return looks_like_utf16(Code::kInvalidJson);
            return at_place(fail(Code::kInvalidJson, "a control character stands in a string", {},
                                 "write it as an escape, such as \\n"),
                            text, find_control_character(text));
        default:
            if (is_utf16(text)) return looks_like_utf16(Code::kInvalidJson);
            return fail(Code::kInvalidJson,
                        simdjson::error_message(static_cast<simdjson::error_code>(error)));
    }
}

bool Document::index_lines(std::string_view text) {
    return !text.empty() && index(text) == simdjson::SUCCESS;
}

Item Document::line() {
    level_ = 0;
    return Item(*this, 0);
}

bool Document::end_line(const char* end) {
    const auto place = static_cast<std::uint32_t>(end - text_);
    const bool ended = level_ == 0 && next_ != begin_ && next_[-1] < place && *next_ >= place;
    while (next_ != begin_ && next_[-1] >= place) --next_;
    while (*next_ < place) ++next_;
    return ended;
}

Status Document::finish() {
    if (level_ != 0 || next_ == begin_) {  // the root was not read, or its reading was given up
        next_ = begin_;
        level_ = 0;
        VOLANT_OK(pass_over(Words::kOfJson));
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

Status Document::pass_over(Words words) {
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
            const bool is_scalar = next_ != end_ && c != ',' && c != ':' && c != ']' && c != '}';
            if (!is_scalar || (words == Words::kOfJson && !scalar_valid(Item(*this, 0).token())))
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

}  // namespace volant::json
