// Operations: the one table of what a feature can be.
//
// A row joins a word of volant.yaml to its class, the class's version, what it takes from an event,
// and the text from which docs/reference/features.md is made. A change of arithmetic or of state is
// a new version: logged predictions name the version that made them. To add an operation, add a
// row.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "features/accumulator.h"
#include "spec/spec.h"

namespace volant::features {

// What a sample must carry; an event that cannot give it does not count for the feature.
enum class Takes : std::uint8_t {
    kNothing,  // that the event happened (and, where the source names a property, that it is there)
    kNumber,   // the property as a number, or 1 where the source names none
    kIdentity,  // the property or id, only to tell it from others
    kValue,     // the property or id itself
};

// How a window's far edge moves.
inline constexpr std::string_view kBucketWindow = "in buckets";
inline constexpr std::string_view kExactWindow = "exact";
inline constexpr std::string_view kNoWindow = "none";

struct Operation {
    spec::Op op;
    std::string_view name;  // as in volant.yaml
    int version;
    Takes takes;
    std::string_view gives;   // type of its value, and what it is of nothing
    std::string_view window;  // one of the three above
    std::string_view text;    // one or two sentences for the reference
    // The class for a declaration; nullptr for `attribute`, which Entities answers.
    std::unique_ptr<Accumulator> (*make)(const spec::FeatureDecl& feature);
};

// In the order of spec::Op.
std::span<const Operation> operations();
const Operation& operation(spec::Op op);

// docs/reference/features.md, whole. A test holds the file to it.
std::string features_markdown();

}  // namespace volant::features
