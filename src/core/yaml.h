// A YAML tree with places, built from yaml-cpp's event parser (its Node takes duplicate keys silently).
// Anchors, aliases, tags and duplicate keys are refused. yaml-cpp is included in yaml.cpp alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace volant::yaml {

struct Node {
    enum class Kind { kNull, kScalar, kList, kMap };
    Kind kind = Kind::kNull;
    int line = 0;      // from 1
    int column = 0;    // from 1
    std::string path;  // "models.open_book.loop", "features[3]"
    std::string scalar;
    bool quoted = false;  // a quoted scalar is always a string
    std::vector<Node> list;
    std::vector<std::pair<std::string, Node>> map;  // in the order of the file

    const Node* find(std::string_view key) const;
};

// Errors: kInvalidSpec; the message starts with "FILE:LINE:COLUMN: ".
Result<Node> parse(std::string_view text, std::string_view file);

// An error at a node: "volant.yaml:12:5: models.x.loop: found ..., expected ...".
Error error_at(std::string_view file, const Node& node, std::string message, std::string hint = {});

}  // namespace volant::yaml
