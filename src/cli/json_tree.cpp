#include "cli/json_tree.h"

#include "core/json_reader.h"

namespace volant::cli {
namespace {

Result<JsonTree> read(json::Item item) {
    JsonTree tree;
    if (item.is_object()) {
        tree.kind = JsonTree::Kind::kObject;
        VOLANT_OK(item.object([&](std::string_view key, json::Item member) -> Status {
            VOLANT_TRY(JsonTree value, read(member));
            tree.members.push_back({std::string(key), std::move(value)});
            return {};
        }));
        return tree;
    }
    if (item.is_array()) {
        tree.kind = JsonTree::Kind::kArray;
        VOLANT_OK(item.array([&](std::size_t, json::Item element) -> Status {
            VOLANT_TRY(JsonTree value, read(element));
            tree.items.push_back(std::move(value));
            return {};
        }));
        return tree;
    }
    if (item.is_null()) {
        VOLANT_OK(item.null());
    } else if (item.is_string()) {
        tree.kind = JsonTree::Kind::kString;
        VOLANT_TRY(const std::string_view text, item.string());
        tree.text = text;
    } else if (item.type() == Type::kBool) {
        tree.kind = JsonTree::Kind::kBool;
        VOLANT_TRY(const bool value, item.boolean());
        tree.number = value ? 1 : 0;
    } else {
        tree.kind = JsonTree::Kind::kNumber;
        VOLANT_TRY(const std::string_view digits, item.raw());
        tree.text = digits;
        tree.number = std::strtod(tree.text.c_str(), nullptr);
    }
    return tree;
}

}  // namespace

const JsonTree& JsonTree::operator[](std::string_view key) const {
    static const JsonTree kMissing;
    for (const auto& [name, value] : members) {
        if (name == key) return value;
    }
    return kMissing;
}

double JsonTree::number_or(double otherwise) const {
    return kind == Kind::kNumber || kind == Kind::kBool ? number : otherwise;
}

std::string_view JsonTree::text_or(std::string_view otherwise) const {
    return kind == Kind::kString || kind == Kind::kNumber ? std::string_view(text) : otherwise;
}

Result<JsonTree> parse_json(std::string_view text) {
    json::Document document;
    VOLANT_TRY(json::Item root, document.parse(text));
    VOLANT_TRY(JsonTree tree, read(root));
    VOLANT_OK(document.finish());
    return tree;
}

}  // namespace volant::cli
