// A pull reader of JSON: simdjson indexes the text (its first stage: UTF-8, strings, where tokens
// begin), and values are read on demand, straight from the text, as the caller asks for them.
//
//     json::Document document;                       // keep one a thread
//     VOLANT_TRY(json::Item root, document.parse(body));
//     VOLANT_OK(root.shaped(kFeedbackShape, [&](int field, json::Item item) -> Status {
//         switch (field) {
//             case kPredictionId: {
//                 VOLANT_TRY(std::string_view id, item.id());
//                 feedback.prediction_id = id;
//                 return {};
//             }
//             ...
//         }
//         return {};                                 // what is not read is checked and passed over
//     }));
//     VOLANT_OK(document.finish());
//
// What it promises: nothing that is not JSON (RFC 8259) gets through finish(); duplicate keys,
// depth beyond kDepthMax, integers beyond int64 and numbers beyond double are refused; an Error's
// `field` is the JSON pointer of the offending value from the root, built only on failure: each
// level puts its key or index before what came from below, so errors made inside callbacks name
// fields from there. Ownership: the text must outlive the reading; views are into it or, for
// strings with escapes, into the Document until it parses again. Steady state allocates nothing.
// Threads: one Document a thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/json_keys.h"
#include "core/result.h"
#include "core/shape.h"
#include "core/text.h"
#include "core/value.h"

namespace volant::json {

inline constexpr int kDepthMax = 32;  // nested arrays and objects
inline constexpr std::size_t kIdBytesMax = 256;
// A Document that read a larger text gives its index back in finish().
inline constexpr std::size_t kTextBytesKept = 1u << 20;

class Item;

// One JSON text at a time; its buffers are reused from text to text.
class Document {
  public:
    Document();
    ~Document();
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    // Indexes `text` and gives its root. A byte order mark is passed over.
    // Errors: kInvalidJson (empty, an open string, a control character in one), kInvalidUtf8,
    // kTooLarge.
    Result<Item> parse(std::string_view text);
    // Indexes many texts at once, each on a line of its own, for line(). False, and nothing to be
    // read, unless each of them alone would get through parse(); no byte order mark is passed over.
    bool index_lines(std::string_view text);
    // The value that the next line begins with.
    Item line();
    // After its reading, well or not: passes on to what stands at or behind `end`, the line's end
    // in the text. True if the reading ended just there.
    bool end_line(const char* end);
    // Where the next token begins, in bytes of the text: to measure what was read.
    std::size_t position() const { return *next_; }
    // To be called when the root has been read. kInvalidJson if anything follows it.
    Status finish();

  private:
    friend class Item;
    struct Index;  // simdjson's

    int index(std::string_view text);  // simdjson's error code
    char peek() const { return next_ != end_ ? text_[*next_] : '\0'; }
    static const char* trimmed(const char* end) {  // back over the white space behind a token
        while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t' || end[-1] == '\r') --end;
        return end;
    }
    Result<std::string_view> key();       // of the next member, and its colon
    bool pass_key(std::string_view key);  // the same, if it is that one, which has no backslash
    std::string_view unescaped(const char* begin, const char* end, Error* error);
    char* room_for(std::size_t bytes);
    Error unexpected(std::string_view expected) const;  // about the next token
    enum class Words { kOfJson, kAny };                 // what may stand where a scalar does
    Status pass_over(Words words);  // the next value; its syntax alone is checked

    const char* text_ = nullptr;
    std::size_t size_ = 0;
    const std::uint32_t* begin_ = nullptr;  // offsets of the tokens
    const std::uint32_t* next_ = nullptr;   // of the next one
    const std::uint32_t* end_ = nullptr;    // *end_ is the text's size
    int level_ = 0;                         // arrays and objects that are open
    bool escapes_ = false;                  // a backslash stands somewhere in the text
    std::unique_ptr<Index> index_;
    std::vector<std::unique_ptr<char[]>> blocks_;  // unescaped strings; the first is kept
    std::size_t block_used_ = 0;
    std::size_t block_size_ = 0;
};

// A value that has not been read yet. Each Item is read once, in the order of the text; a read that
// failed may be followed by another one (string(), then integer()).
class Item {
  public:
    // kNull kBool kInt kDouble kString kList; an object is kPoint. Looks at the value, reads
    // nothing.
    Type type() const;
    bool is_object() const { return first() == '{'; }
    bool is_array() const { return first() == '['; }
    bool is_string() const { return first() == '"'; }
    bool is_null() const { return first() == 'n'; }
    bool is_boolean() const { return first() == 't' || first() == 'f'; }
    bool is_number() const { return first() == '-' || is_digit(first()); }

    Result<std::string_view> string();  // kWrongType, kInvalidUtf8 (half a surrogate pair)
    Result<std::string_view> id();      // a string of 1..256 bytes, or an integer's decimal text
    Result<bool> boolean();
    Result<std::int64_t> integer();  // kWrongType for 1.5 and 1e3, kOutOfRange beyond int64
    Result<double> number();         // kWrongType, kOutOfRange beyond double
    Result<Micros> time(const ZoneRule& zone);  // ISO 8601 or a number; kInvalidTime
    Status null();
    // Any Value; {"lat","lon"} is a Point, other objects are kWrongType. A time stays its string.
    Result<Value> value();
    // The same, as a Writer's value() writes it; after an error `out` holds a part of it.
    Status write_value(BytesWriter& out);
    // The JSON text of this value, checked whole.
    Result<std::string_view> raw();

    // Calls `on(std::string_view key, Item item) -> Status` for each member in order.
    template <class On>
    Status object(On&& on);
    // Reads an object that has just these keys in this order, as many have that one program wrote:
    // `on(std::size_t index, Item item) -> bool` for each; it reads the item whole. False if the
    // object is another one, or `on` says so: then it may be read again by any function. At least
    // one key, no two alike, none with a backslash.
    template <class On>
    bool object_of(std::span<const std::string> keys, On&& on);
    // Calls `on(std::size_t index, Item item) -> Status` for each element in order.
    template <class On>
    Status array(On&& on);
    // The same for an array of independent elements: when `on` keeps an element's error to itself
    // and returns ok, reading goes on behind the element, whatever words stand in what is left of
    // it (NaN); only brackets, commas and keys that do not fit end it. So `on` reads each element.
    template <class On>
    Status elements(On&& on);
    // Reads an object by its Shape: `on(int field, Item item) -> Status` for declared fields, whose
    // kind, bounds and `values` have been checked, `extra(key, item) -> Status` for others if the
    // shape is open. Unknown, missing and duplicate fields are refused by name, the unknown with
    // the nearest known one.
    template <class On, class Extra>
    Status shaped(const Shape& shape, On&& on, Extra&& extra);
    template <class On>
    Status shaped(const Shape& shape, On&& on);

    // kWrongType: "found string "x", expected an integer"; kInvalidJson if the value is no JSON.
    Error wrong_type(std::string_view expected) const;

  private:
    friend class Document;
    Item(Document& document, int depth)
        : document_(&document),
          where_(static_cast<std::uint64_t>(document.next_ - document.begin_) << 8 |
                 static_cast<std::uint64_t>(depth)) {}

    const std::uint32_t* start() const { return document_->begin_ + (where_ >> 8); }
    int depth() const { return static_cast<int>(where_ & 0xff); }

    char first() const { return start() != document_->end_ ? document_->text_[*start()] : '\0'; }
    const char* begin() const { return document_->text_ + *start(); }
    const char* end() const {  // of a scalar
        return Document::trimmed(document_->text_ + start()[1]);
    }
    std::string_view token() const { return {begin(), static_cast<std::size_t>(end() - begin())}; }
    void advance() { document_->next_ = start() + 1; }

    Status open(char bracket);  // enters an array or object
    Status check();             // reads the value whole, as strictly as it can be read
    // These take their item by value: one whose address is taken stands in memory.
    static Status settle(Item item);  // after a callback: the item is read, now or already
    // Passes over what is left of it.
    static Status abandon(Item item, Document::Words words);
    static Status fits(Item item, const Field& field);
    Result<std::int64_t> long_integer();
    Result<std::string_view> escaped_string();
    Result<Point> point();
    Status write_list(BytesWriter& out);

    static std::string_view expected_of(Kind kind);  // "a string"
    static Error at_key(Error error, std::string_view key);
    static Error at_index(Error error, std::size_t index);
    static Error duplicate(std::string_view key);
    static Error unknown(const Shape& shape, std::string_view key);
    static Error missing(const Shape& shape, std::uint64_t seen);

    template <class On, class After>
    Status each(On&& on, After&& after);

    // Two words, so that an Item is passed on in registers, and written and read back as a whole.
    Document* document_;
    std::uint64_t where_;  // place of its first token in the index << 8 | depth
};

inline Result<std::string_view> Document::key() {
    if (peek() != '"') [[unlikely]]
        return unexpected("a key");
    const char* begin = text_ + *next_ + 1;
    const char* end = trimmed(text_ + next_[1]) - 1;
    if (end < begin || *end != '"') [[unlikely]]
        return unexpected("a key");
    ++next_;
    if (peek() != ':') [[unlikely]]
        return unexpected("\":\"");
    ++next_;
    const auto size = static_cast<std::size_t>(end - begin);
    if (escapes_ && std::memchr(begin, '\\', size) != nullptr) [[unlikely]] {
        Error error;
        const std::string_view key = unescaped(begin, end, &error);
        if (key.data() == nullptr) return error;
        return key;
    }
    return std::string_view(begin, size);
}

inline bool Document::pass_key(std::string_view key) {
    if (end_ - next_ < 2 || text_[next_[0]] != '"' || text_[next_[1]] != ':') return false;
    const char* const begin = text_ + next_[0] + 1;
    const char* const end = trimmed(text_ + next_[1]) - 1;
    if (end < begin || *end != '"') return false;
    if (!same_text({begin, static_cast<std::size_t>(end - begin)}, key)) return false;
    next_ += 2;
    return true;
}

inline Result<std::string_view> Item::string() {
    if (first() != '"') [[unlikely]]
        return wrong_type("a string");
    const std::string_view text = token();
    if (text.size() < 2 || text.back() != '"') [[unlikely]]
        return wrong_type("a string");
    const std::string_view inside = text.substr(1, text.size() - 2);
    if (document_->escapes_ && std::memchr(inside.data(), '\\', inside.size()) != nullptr) {
        return escaped_string();
    }
    advance();
    return inside;
}

inline Result<std::int64_t> Item::integer() {
    if (start() == document_->end_) [[unlikely]]
        return wrong_type("an integer");
    const char* p = begin();
    const char* const stop = end();
    const bool negative = *p == '-';
    p += negative;
    const std::ptrdiff_t digits = stop - p;
    if (digits < 1 || digits > 18 || (*p == '0' && digits > 1)) return long_integer();
    std::int64_t v = 0;
    for (; p != stop; ++p) {
        const unsigned digit = static_cast<unsigned char>(*p) - unsigned{'0'};
        if (digit > 9) return long_integer();
        v = v * 10 + digit;
    }
    advance();
    return negative ? -v : v;
}

inline Result<bool> Item::boolean() {
    if (start() != document_->end_) {
        const std::string_view text = token();
        if (text == "true" || text == "false") [[likely]] {
            advance();
            return text.size() == 4;
        }
    }
    return wrong_type("true or false");
}

inline Status Item::open(char bracket) {
    if (first() != bracket) [[unlikely]] {
        return wrong_type(bracket == '{' ? "an object" : "a list");
    }
    if (depth() >= kDepthMax) [[unlikely]] {
        return fail(Code::kTooDeep, "arrays and objects are nested more than " +
                                        std::to_string(kDepthMax) + " deep");
    }
    document_->level_ = depth() + 1;
    advance();
    return {};
}

inline Status Item::settle(Item item) {
    if (item.document_->level_ != item.depth()) [[unlikely]]
        return abandon(item, Document::Words::kOfJson);
    if (item.document_->next_ == item.start()) return item.check();
    return {};
}

inline Status Item::abandon(Item item, Document::Words words) {
    Document& d = *item.document_;
    if (d.next_ != item.start() && d.level_ == item.depth()) return {};
    d.next_ = item.start();
    d.level_ = item.depth();
    return d.pass_over(words);
}

template <class On>
Status Item::object(On&& on) {
    VOLANT_OK(open('{'));
    Document& d = *document_;
    if (d.peek() == '}') {
        ++d.next_;
        d.level_ = depth();
        return {};
    }
    Keys keys;
    for (;;) {
        VOLANT_TRY(const std::string_view key, d.key());
        if (!keys.insert(key)) [[unlikely]]
            return duplicate(key);
        Item item(d, depth() + 1);
        Status status = on(key, item);
        if (status.ok()) status = settle(item);
        if (!status.ok()) [[unlikely]]
            return at_key(std::move(status).error(), key);
        const char c = d.peek();
        if (c != ',' && c != '}') [[unlikely]]
            return d.unexpected("\",\" or \"}\"");
        ++d.next_;
        if (c == '}') break;
    }
    d.level_ = depth();
    return {};
}

template <class On>
bool Item::object_of(std::span<const std::string> keys, On&& on) {
    if (first() != '{' || depth() >= kDepthMax) return false;
    Document& d = *document_;
    d.level_ = depth() + 1;
    advance();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!d.pass_key(keys[i]) || !on(i, Item(d, depth() + 1))) return false;
        if (d.peek() != (i + 1 < keys.size() ? ',' : '}')) return false;
        ++d.next_;
    }
    d.level_ = depth();
    return true;
}

template <class On, class After>
Status Item::each(On&& on, After&& after) {
    VOLANT_OK(open('['));
    Document& d = *document_;
    if (d.peek() == ']') {
        ++d.next_;
        d.level_ = depth();
        return {};
    }
    for (std::size_t index = 0;; ++index) {
        Item item(d, depth() + 1);
        Status status = on(index, item);
        if (status.ok()) status = after(item);
        if (!status.ok()) [[unlikely]]
            return at_index(std::move(status).error(), index);
        const char c = d.peek();
        if (c != ',' && c != ']') [[unlikely]]
            return d.unexpected("\",\" or \"]\"");
        ++d.next_;
        if (c == ']') break;
    }
    d.level_ = depth();
    return {};
}

template <class On>
Status Item::array(On&& on) {
    return each(on, [](Item item) { return settle(item); });
}

template <class On>
Status Item::elements(On&& on) {
    return each(on, [](Item item) { return abandon(item, Document::Words::kAny); });
}

template <class On, class Extra>
Status Item::shaped(const Shape& shape, On&& on, Extra&& extra) {
    VOLANT_CHECK(shape.fields.size() <= 64);
    std::uint64_t seen = 0;
    VOLANT_OK(object([&](std::string_view key, Item item) -> Status {
        for (std::size_t i = 0; i < shape.fields.size(); ++i) {
            if (!same_text(shape.fields[i].name, key)) continue;
            seen |= std::uint64_t{1} << i;
            VOLANT_OK(fits(item, shape.fields[i]));
            return on(static_cast<int>(i), item);
        }
        if (!shape.open) return unknown(shape, key);
        return extra(key, item);
    }));
    for (std::size_t i = 0; i < shape.fields.size(); ++i) {
        if (shape.fields[i].required && (seen >> i & 1) == 0) [[unlikely]]
            return missing(shape, seen);
    }
    return {};
}

template <class On>
Status Item::shaped(const Shape& shape, On&& on) {
    return shaped(shape, on,
                  [&](std::string_view key, Item) -> Status { return unknown(shape, key); });
}

}  // namespace volant::json
