// A small writer of JSON that appends to a string: no tree, no allocation but the string's own.
//
//     json::Writer out(body);
//     out.object();
//     out.key("prediction_id").string(id);
//     out.key("ranking").array();
//     for (const auto& item : ranking) out.object().key("item").string(item.id).end();
//     out.end().end();
//
// Commas and colons are put by the writer. Doubles are the shortest text that reads back the same
// (std::to_chars), with ".0" or an exponent when they would look like an integer, so that a double
// stays one. NaN and infinity are null: they never go out. Strings must be UTF-8; bytes that are
// not are written as U+FFFD. Member and order are the caller's: a missing key() or end() ends the
// process. Threads: one writer a thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/value.h"

namespace volant::json {

class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}

    Writer& object() { return open('{', '}'); }
    Writer& array() { return open('[', ']'); }
    Writer& end();  // of the innermost object or array

    Writer& key(std::string_view key);

    Writer& string(std::string_view text);
    Writer& integer(std::int64_t v);
    Writer& unsigned_integer(std::uint64_t v);
    Writer& number(double v);
    Writer& boolean(bool v);
    Writer& null() { return raw("null"); }
    Writer& time(Micros time);  // "2026-11-24T10:00:00.000000Z"
    // A time as its text, a point as {"lat","lon"}, missing as null.
    Writer& value(const Value& value);
    // A text that is JSON already.
    Writer& raw(std::string_view json);

    int depth() const { return depth_; }  // 0: the document is whole

  private:
    static constexpr int kNestingMax = 64;  // of what Volant itself writes

    Writer& open(char begin, char close);
    void separate();  // the comma before a value, if there is one before it

    std::string& out_;
    int depth_ = 0;
    bool after_key_ = false;
    char closers_[kNestingMax];
    bool started_[kNestingMax];
};

// Appends `text` in quotes, escaped.
void append_string(std::string& out, std::string_view text);
// Appends the shortest text of `v` that reads back the same.
void append_number(std::string& out, double v);

// {"error":{"code","message","field"?,"hint"?}}
std::string error_body(const Error& error);
// The inner object alone, as it stands in a list of results.
void write_error(Writer& out, const Error& error);

}  // namespace volant::json
