// JsonTree: an answer of the server, read whole, for commands that show some of it. A place that is
// not there reads as null, so that a command goes on showing what an older or newer server does
// say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace volant::cli {

struct JsonTree {
    enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
    Kind kind = Kind::kNull;
    double number = 0;            // of kNumber; 0 or 1 of kBool
    std::string text;             // of kString; the digits of kNumber, as sent
    std::vector<JsonTree> items;  // of kArray
    struct Member;
    std::vector<Member> members;  // of kObject, in the order of the text

    // The member or a null tree. Chains: answer["error"]["message"].
    const JsonTree& operator[](std::string_view key) const;
    bool has(std::string_view key) const { return !(*this)[key].is_null(); }
    bool is_null() const { return kind == Kind::kNull; }
    double number_or(double otherwise) const;
    std::string_view text_or(std::string_view otherwise) const;  // of a string or a number
};

struct JsonTree::Member {
    std::string name;
    JsonTree value;
};

// Errors: kInvalidJson and its kin, of core/json_reader.h.
Result<JsonTree> parse_json(std::string_view text);

}  // namespace volant::cli
