// A YAML tree with places, built from yaml-cpp's event parser (its Node takes duplicate keys
// silently). yaml-cpp is included in yaml.cpp alone, and its exceptions stop there.
//
// Refused, each with its place: anchors, aliases, tags (the non-specific `!` too), duplicate keys,
// keys that are not plain names, a quote that is never closed (yaml-cpp would take the rest of the
// file for its text), a second document, text that is not UTF-8, and more than the bounds below.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace volant::yaml {

inline constexpr std::size_t kBytesMax = 1u << 20;
inline constexpr std::size_t kNodesMax = 1u << 16;
inline constexpr std::size_t kPathMax = 1024;  // bytes of a node's path
inline constexpr int kDepthMax = 32;

struct Node {
    enum class Kind { kNull, kScalar, kList, kMap };
    Kind kind = Kind::kNull;
    int line = 0;      // from 1; of the value, or of its key when the value is empty
    int column = 0;    // from 1, in bytes
    int key_line = 0;  // of the key that names this node; of the value for list items and the root
    int key_column = 0;  //
    std::string path;    // "models.open_book.loop", "features[3]"; empty for the root
    std::string key;     // the last key of the path; empty for list items and the root
    std::string scalar;
    bool quoted = false;  // a quoted scalar is always a string
    std::vector<Node> list;
    struct Entry;
    std::vector<Entry> map;  // in the order of the file

    const Node* find(std::string_view name) const;  // nullptr if there is no such key
};

struct Node::Entry {  // named like a pair, for structured bindings
    std::string first;
    Node second;
};

// An empty file is a kNull node. Errors: kInvalidSpec; the message starts with "FILE:LINE:COLUMN:
// ".
Result<Node> parse(std::string_view text, std::string_view file);

// An error at a node's value: "volant.yaml:12:5: models.x.loop: found ..., expected ...".
Error error_at(std::string_view file, const Node& node, std::string message, std::string hint = {});

// The same at the node's key: for keys that should not be there.
Error error_at_key(std::string_view file, const Node& node, std::string message,
                   std::string hint = {});

// What stands at the node, for messages: `"abc"`, `12`, `a list`, `a map`, `nothing`.
std::string describe(const Node& node);

}  // namespace volant::yaml
