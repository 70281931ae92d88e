// Shape: the one declaration of a body's fields. The parser's checks, `/openapi.json` and the tests
// that walk every field are all made from it.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace volant {

enum class Kind : std::uint8_t {
    kId,       // string of 1..256 bytes, or an integer taken as its decimal text
    kString,
    kTime,     // ISO 8601 or a number
    kBool,
    kInt,      // int64
    kNumber,   // finite double (an int is taken too)
    kValue,    // any Value: bool, int, double, string, list, point, null
    kOutcome,  // number, bool or string
    kValues,   // object of any keys to Values
    kObject,   // object of `shape`
    kArray,    // array of `shape` (or of ids, when shape is null and items == kId, and so on)
    kAny,      // anything; an open object in answers whose form another document states
};

struct Shape;

struct Field {
    std::string_view name;
    Kind kind = Kind::kAny;
    bool required = false;
    std::string_view text = {};       // one sentence for the reference
    const Shape* shape = nullptr;     // of an object, or of an array's items
    Kind items = Kind::kAny;          // of an array without a shape
    double min = -std::numeric_limits<double>::infinity();  // of a number
    double max = std::numeric_limits<double>::infinity();   // of a number; of a string: characters
    std::string_view values = {};     // "a|b|c": the only strings allowed, when not empty
};

struct Shape {
    std::string_view name;            // in OpenAPI's components: "Event", "PredictRequest"
    std::string_view text = {};
    std::span<const Field> fields;
    bool open = false;                // other keys are allowed too (the events' entities)
};

}  // namespace volant
