// Value: what an event property, an entity attribute or a feature can be.
//
// null means missing. Doubles are finite: NaN and infinity are refused where values come in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.h"

namespace volant {

struct Point {
    double lat = 0;
    double lon = 0;
    bool operator==(const Point&) const = default;
};

struct Time {
    Micros micros = 0;
    bool operator==(const Time&) const = default;
    auto operator<=>(const Time&) const = default;
};

struct Value;
using List = std::vector<Value>;

// The order is stored on disk as the tag byte of core/codec.h: append only.
enum class Type : std::uint8_t { kNull, kBool, kInt, kDouble, kString, kTime, kPoint, kList };

struct Value {
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Time, Point, List> data;

    Value() = default;
    Value(bool v) : data(v) {}                            // NOLINT: implicit
    Value(int v) : data(std::int64_t{v}) {}               // NOLINT: implicit
    Value(std::int64_t v) : data(v) {}                    // NOLINT: implicit
    Value(double v) : data(v) {}                          // NOLINT: implicit
    Value(const char* v) : data(std::string(v)) {}        // NOLINT: implicit
    Value(std::string v) : data(std::move(v)) {}          // NOLINT: implicit
    Value(std::string_view v) : data(std::string(v)) {}   // NOLINT: implicit
    Value(Time v) : data(v) {}                            // NOLINT: implicit
    Value(Point v) : data(v) {}                           // NOLINT: implicit
    Value(List v) : data(std::move(v)) {}                 // NOLINT: implicit

    Type type() const { return static_cast<Type>(data.index()); }
    bool is_null() const { return type() == Type::kNull; }
    const std::string* string() const { return std::get_if<std::string>(&data); }
    const List* list() const { return std::get_if<List>(&data); }
    // bool, int, double and time (µs) as a number; nullptr-like NaN never: see has_number().
    bool has_number() const;
    double number() const;  // CHECKs has_number()

    bool operator==(const Value&) const = default;
};

// "null", "bool", "int", "double", "string", "time", "point", "list".
std::string_view type_name(Type type);

// As it is shown in messages: strings quoted and cut at 40 characters.
std::string describe(const Value& value);

}  // namespace volant
