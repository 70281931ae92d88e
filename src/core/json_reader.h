// A pull reader of JSON over simdjson's on-demand parser. The only file that includes simdjson.
//
// What it promises: every value is checked where it is read (UTF-8, duplicate keys, depth, int64
// range, finite doubles); an Error's `field` is the JSON pointer of the offending value, built only
// on failure. Views into strings live until the Document is parsed again.
// Threads: one Document a thread.
#pragma once

#include <simdjson.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/shape.h"
#include "core/value.h"

namespace volant::json {

inline constexpr int kDepthMax = 32;

class Item;

// One JSON text. The parser's buffers are reused from text to text.
class Document {
  public:
    // `text` is copied into a padded buffer. Errors: kInvalidJson, kInvalidUtf8.
    // The whole structure is checked lazily: call finish() when the root has been read.
    Result<Item> parse(std::string_view text);
    // kInvalidJson if anything but white space follows the root.
    Status finish();

  private:
    simdjson::ondemand::parser parser_;
    simdjson::ondemand::document document_;
    simdjson::padded_string padded_;
    std::string buffer_;
};

// A value that has not been read yet. Each Item is read exactly once, in the order of the text.
class Item {
  public:
    Item(simdjson::ondemand::value value, int depth) : value_(value), depth_(depth) {}

    Type type();                                  // kNull kBool kInt kDouble kString kList; an object is kPoint's shape or kNull: see is_object()
    bool is_object();
    Result<std::string_view> string();            // kWrongType, kInvalidUtf8
    Result<std::string> id();                     // surface.md: string 1..256 bytes, or an integer's text
    Result<bool> boolean();
    Result<std::int64_t> integer();               // kWrongType for 1.5, kOutOfRange beyond int64
    Result<double> number();                      // kWrongType, kOutOfRange
    Result<Micros> time(ZoneRule zone);
    Result<Value> value();                        // any Value; {"lat","lon"} is a Point; other objects kWrongType
    Result<std::string_view> raw();               // the JSON text of this value, whole

    // Calls `on(key, item)` for each key in order. Refuses duplicate keys and depth beyond kDepthMax.
    // `on` must read the item; a skipped one is read and checked by this function.
    template <class On>
    Status object(On&& on);
    // Calls `on(index, item)`.
    template <class On>
    Status array(On&& on);
    // Reads an object by its Shape: `on(field_index, item)` for declared fields, `extra(key, item)` for
    // others if the shape is open; unknown, missing and duplicate fields are refused by name, the
    // unknown with the nearest known one.
    template <class On, class Extra>
    Status shaped(const Shape& shape, On&& on, Extra&& extra);

  private:
    simdjson::ondemand::value value_;
    int depth_;
};

}  // namespace volant::json
