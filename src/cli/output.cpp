#include "cli/output.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace volant::cli {

void print_line(std::string_view text) {
    fmt::print("{}\n", text);
}

void print_note(std::string_view text) {
    fmt::print(stderr, "{}\n", text);
}

std::string count_text(const JsonTree& number) {
    if (number.kind != JsonTree::Kind::kNumber || number.number < 0) return "-";
    return format_count(static_cast<std::uint64_t>(std::llround(number.number)));
}

std::string figure_text(const JsonTree& number) {
    if (number.kind != JsonTree::Kind::kNumber) return "-";
    return fmt::format("{:.5g}", number.number);
}

std::string interval_text(const JsonTree& low, const JsonTree& high) {
    if (low.is_null() || high.is_null()) return "-";
    return fmt::format("[{}, {}]", figure_text(low), figure_text(high));
}

std::string learner_text(const JsonTree& learner) {
    std::string out = learner["family"].text + ", " + learner["loss"].text + " loss";
    for (const JsonTree& groups : learner["interactions"].items) {
        std::string product;
        for (const JsonTree& group : groups.items)
            product += (product.empty() ? "" : " x ") + group.text;
        out += ", " + product;
    }
    return learner["default"].text == "true" ? out + " (chosen by default)" : out;
}

std::string time_text(const JsonTree& time) {
    constexpr std::size_t kToSeconds = 19;
    std::string text(time.text_or("-").substr(0, kToSeconds));
    if (text.size() == kToSeconds) text[10] = ' ';
    return text;
}

void write_tree(json::Writer& out, const JsonTree& tree) {
    switch (tree.kind) {
        case JsonTree::Kind::kNull:
            return void(out.null());
        case JsonTree::Kind::kBool:
            return void(out.boolean(tree.number != 0));
        case JsonTree::Kind::kNumber:
            return void(out.raw(tree.text));
        case JsonTree::Kind::kString:
            return void(out.string(tree.text));
        case JsonTree::Kind::kArray:
            out.array();
            for (const JsonTree& item : tree.items) write_tree(out, item);
            return void(out.end());
        case JsonTree::Kind::kObject:
            out.object();
            for (const auto& [name, value] : tree.members) {
                out.key(name);
                write_tree(out, value);
            }
            return void(out.end());
    }
}

}  // namespace volant::cli
