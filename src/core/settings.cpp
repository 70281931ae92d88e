#include "core/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/nearest.h"
#include "core/time.h"

namespace volant::settings {
namespace {

using yaml::Node;

constexpr std::string_view kNotYet = "not yet in this release";

struct SizeUnit {
    std::string_view name;
    std::int64_t bytes;
};
constexpr SizeUnit kSizeUnits[] = {
    {"B", 1},
    {"KiB", std::int64_t{1} << 10},
    {"MiB", std::int64_t{1} << 20},
    {"GiB", std::int64_t{1} << 30},
    {"TiB", std::int64_t{1} << 40},
    {"kB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
};

bool is_integral(Kind kind) {
    return kind == Kind::kInt || kind == Kind::kDuration || kind == Kind::kSize;
}
bool is_real(Kind kind) {
    return kind == Kind::kNumber || kind == Kind::kShare;
}

std::optional<std::int64_t> parse_integral(const Row& row, std::string_view text) {
    if (row.kind == Kind::kDuration) {
        const auto duration = parse_duration(text);
        return duration.ok() ? std::optional(*duration) : std::nullopt;
    }
    if (row.kind == Kind::kSize) return parse_size(text);
    if (!row.unit.empty() && text.ends_with(row.unit)) {
        const std::string_view number = text.substr(0, text.size() - row.unit.size());
        if (number.ends_with(' ')) return parse_integer(number.substr(0, number.size() - 1));
    }
    return parse_integer(text);
}

std::optional<double> parse_real(const Row& row, std::string_view text) {
    return row.kind == Kind::kShare ? parse_share(text) : parse_number(text);
}

// Bounds hold for the kinds that have an order.
template <class T, class Parse>
bool within_bounds(const Row& row, T value, Parse parse) {
    if (!row.least.empty() && value < *parse(row, row.least)) return false;
    return row.most.empty() || value <= *parse(row, row.most);
}

bool fits(const Row& row, std::string_view text) {
    if (is_integral(row.kind)) {
        const auto value = parse_integral(row, text);
        return value && within_bounds(row, *value, parse_integral);
    }
    if (is_real(row.kind)) {
        const auto value = parse_real(row, text);
        return value && within_bounds(row, *value, parse_real);
    }
    if (row.kind == Kind::kBool) return text == "true" || text == "false";
    return true;
}

Status check_choice(const Row& row, std::string_view file, const Node& node) {
    const auto values = split_choices(row.values);
    const auto later = split_choices(row.later);
    if (std::ranges::find(values, node.scalar) != values.end()) return {};
    if (std::ranges::find(later, node.scalar) != later.end()) {
        return yaml::error_at(
            file, node,
            fmt::format("\"{}\" is {}; expected {}", node.scalar, kNotYet, expected(row)));
    }
    return yaml::error_at(file, node,
                          fmt::format("found {}, expected {}{}", describe(node), expected(row),
                                      did_you_mean(node.scalar, values)));
}

Error mismatch(const Row& row, std::string_view file, const Node& node) {
    return yaml::error_at(file, node,
                          fmt::format("found {}, expected {}", describe(node), expected(row)));
}

Status check_scalar(const Row& row, std::string_view file, const Node& node) {
    if (row.kind == Kind::kMap) return mismatch(row, file, node);
    if (row.kind == Kind::kChoice) return check_choice(row, file, node);
    const bool typed = is_integral(row.kind) || is_real(row.kind) || row.kind == Kind::kBool;
    if (typed && node.quoted) {
        return yaml::error_at(file, node,
                              fmt::format("found the string {}, expected {} without quotes",
                                          describe(node), expected(row)));
    }
    if (!fits(row, node.scalar)) return mismatch(row, file, node);
    return {};
}

Status check_list(const Row& row, std::string_view file, const Node& node) {
    if (row.kind == Kind::kAny) return {};
    if (row.kind != Kind::kList) return mismatch(row, file, node);
    for (const Node& item : node.list) {
        if (item.kind != Node::Kind::kScalar) {
            return yaml::error_at(file, item,
                                  fmt::format("found {}, expected a single value", describe(item)));
        }
    }
    return {};
}

Error unknown_key(const Table& table, std::string_view file, const Node& node,
                  std::string_view pattern) {
    std::vector<std::string_view> known;
    for (const Row* row : table.children(pattern)) {
        if (!row->not_yet) known.push_back(key_of(row->path));
    }
    std::string message = fmt::format("unknown key \"{}\"", node.key);
    const std::string hint = did_you_mean(node.key, known);
    if (hint.empty()) {
        message += fmt::format("; expected {}", fmt::join(known, ", "));
    }
    return yaml::error_at_key(file, node, message + hint);
}

// Keys with a $ where others are the user's names: these are Volant's own.
std::vector<std::string_view> own_names(const Table& table, std::string_view pattern) {
    std::vector<std::string_view> names;
    for (const Row* row : table.children(pattern)) {
        if (key_of(row->path).starts_with('$')) names.push_back(key_of(row->path));
    }
    return names;
}

Status check_map(const Table& table, std::string_view file, const Node& node,
                 std::string_view pattern) {
    for (const auto& [key, child] : node.map) {
        const Row* row = table.child(pattern, key);
        if (row == nullptr) return unknown_key(table, file, child, pattern);
        if (const auto known = own_names(table, pattern);
            key.starts_with('$') && key_of(row->path) == "*" && !known.empty()) {
            return yaml::error_at_key(
                file, child, fmt::format("unknown key \"{}\"{}", key, did_you_mean(key, known)));
        }
        if (row->not_yet) {
            return yaml::error_at_key(file, child, fmt::format("{}: {}", kNotYet, row->text));
        }
        VOLANT_OK(check(table, file, child, row->path));
    }
    return {};
}

std::string bounds_text(const Row& row) {
    if (!row.least.empty() && !row.most.empty()) {
        return fmt::format(" from {} to {}", row.least, row.most);
    }
    if (!row.least.empty()) return fmt::format(" of at least {}", row.least);
    if (!row.most.empty()) return fmt::format(" of at most {}", row.most);
    return {};
}

}  // namespace

const Row* Table::find(std::string_view pattern) const {
    for (const Row& row : rows_) {
        if (row.path == pattern) return &row;
    }
    return nullptr;
}

const Row* Table::child(std::string_view pattern, std::string_view key) const {
    const Row* any = nullptr;
    for (const Row& row : rows_) {
        if (parent_of(row.path) != pattern) continue;
        const std::string_view own = key_of(row.path);
        if (own == "*") {
            any = &row;
        } else if (own == key) {
            return &row;
        }
    }
    return any;
}

std::vector<const Row*> Table::children(std::string_view pattern) const {
    std::vector<const Row*> found;
    for (const Row& row : rows_) {
        if (!row.path.empty() && parent_of(row.path) == pattern) found.push_back(&row);
    }
    return found;
}

std::string_view parent_of(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string_view key_of(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::vector<std::string_view> split_choices(std::string_view values) {
    std::vector<std::string_view> parts;
    while (!values.empty()) {
        const std::size_t bar = std::min(values.find('|'), values.size());
        parts.push_back(values.substr(0, bar));
        values.remove_prefix(std::min(bar + 1, values.size()));
    }
    return parts;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<double> parse_share(std::string_view text) {
    if (!text.ends_with('%')) return parse_number(text);
    const auto percent = parse_number(text.substr(0, text.size() - 1));
    return percent ? std::optional(*percent / 100) : std::nullopt;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{} || count < 0) return std::nullopt;
    std::string_view name(stop, static_cast<std::size_t>(end - stop));
    if (name.starts_with(' ')) name.remove_prefix(1);
    if (name.empty()) name = "B";
    for (const SizeUnit& unit : kSizeUnits) {
        if (unit.name != name) continue;
        if (count > std::numeric_limits<std::int64_t>::max() / unit.bytes) return std::nullopt;
        return count * unit.bytes;
    }
    return std::nullopt;
}

std::string format_number(double number) {
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
    VOLANT_CHECK(error == std::errc{});
    return {buffer, end};
}

std::string expected(const Row& row) {
    switch (row.kind) {
        case Kind::kMap:
            return "a map";
        case Kind::kBool:
            return "true or false";
        case Kind::kInt:
            return "an integer" + bounds_text(row) +
                   (row.unit.empty() ? std::string() : fmt::format(" ({})", row.unit));
        case Kind::kNumber:
            return "a number" + bounds_text(row);
        case Kind::kShare:
            return "a share" + bounds_text(row) + " (such as 0.05 or 5%)";
        case Kind::kDuration:
            return "a duration" + bounds_text(row) + " (such as 30m or 7d)";
        case Kind::kSize:
            return "a size" + bounds_text(row) + " (such as 64MiB)";
        case Kind::kString:
            return "a text";
        case Kind::kChoice:
            return fmt::format("{}{}",
                               row.values.find('|') != std::string_view::npos ? "one of " : "",
                               fmt::join(split_choices(row.values), ", "));
        case Kind::kList:
            return "a list";
        case Kind::kAny:
            return std::string(row.text);
    }
    return {};
}

Status check(const Table& table, std::string_view file, const Node& node,
             std::string_view pattern) {
    static constexpr Row kRoot{.path = "", .kind = Kind::kMap};
    const Row* row = pattern.empty() ? &kRoot : table.find(pattern);
    VOLANT_CHECK(row != nullptr);
    switch (node.kind) {
        case Node::Kind::kNull:
            if (row->kind == Kind::kMap) return {};
            return mismatch(*row, file, node);
        case Node::Kind::kScalar:
            return check_scalar(*row, file, node);
        case Node::Kind::kList:
            return check_list(*row, file, node);
        case Node::Kind::kMap:
            break;
    }
    if (!table.children(pattern).empty()) return check_map(table, file, node, pattern);
    if (row->kind == Kind::kAny) return {};
    return mismatch(*row, file, node);
}

const Node* Section::node(std::string_view key) const {
    return node_ == nullptr ? nullptr : node_->find(key);
}

Section Section::section(std::string_view key) const {
    return {*table_, file_, node(key), row(key).path};
}

const Row& Section::row(std::string_view key) const {
    const Row* found = table_->child(pattern_, key);
    VOLANT_CHECK(found != nullptr);
    return *found;
}

Result<std::optional<std::string_view>> Section::text(std::string_view key,
                                                      const Row& wanted) const {
    const Node* found = node(key);
    if (found == nullptr) {
        return wanted.fallback.empty() ? std::nullopt : std::optional(wanted.fallback);
    }
    if (found->kind != Node::Kind::kScalar) return mismatch(wanted, file_, *found);
    VOLANT_OK(check_scalar(wanted, file_, *found));
    return std::optional<std::string_view>(found->scalar);
}

Status Section::read(std::string_view key, bool& out) const {
    const Row& wanted = row(key);
    VOLANT_CHECK(wanted.kind == Kind::kBool);
    VOLANT_TRY(const auto found, text(key, wanted));
    if (found) out = *found == "true";
    return {};
}

Status Section::read(std::string_view key, double& out) const {
    const Row& wanted = row(key);
    VOLANT_CHECK(is_real(wanted.kind));
    VOLANT_TRY(const auto found, text(key, wanted));
    if (found) out = *parse_real(wanted, *found);
    return {};
}

Status Section::read(std::string_view key, std::string& out) const {
    const Row& wanted = row(key);
    VOLANT_CHECK(wanted.kind == Kind::kString || wanted.kind == Kind::kChoice);
    VOLANT_TRY(const auto found, text(key, wanted));
    if (found) out = *found;
    return {};
}

Status Section::read(std::string_view key, std::vector<std::string>& out) const {
    const Row& wanted = row(key);
    VOLANT_CHECK(wanted.kind == Kind::kList);
    const Node* found = node(key);
    if (found == nullptr) return {};
    out.clear();
    if (found->kind == Node::Kind::kScalar) {
        out.push_back(found->scalar);
        return {};
    }
    if (found->kind != Node::Kind::kList) return mismatch(wanted, file_, *found);
    VOLANT_OK(check_list(wanted, file_, *found));
    for (const Node& item : found->list) out.push_back(item.scalar);
    return {};
}

Status Section::read_integer(std::string_view key, std::int64_t& out) const {
    const Row& wanted = row(key);
    VOLANT_CHECK(is_integral(wanted.kind));
    VOLANT_TRY(const auto found, text(key, wanted));
    if (found) out = *parse_integral(wanted, *found);
    return {};
}

Status Section::read_choice(std::string_view key, std::size_t& out) const {
    const Row& wanted = row(key);
    VOLANT_CHECK(wanted.kind == Kind::kChoice);
    VOLANT_TRY(const auto found, text(key, wanted));
    if (!found) return {};
    const auto values = split_choices(wanted.values);
    const auto place = std::ranges::find(values, *found);
    VOLANT_CHECK(place != values.end());
    out = static_cast<std::size_t>(place - values.begin());
    return {};
}

}  // namespace volant::settings
