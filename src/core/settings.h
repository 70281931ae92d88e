// Settings tables: each key of a configuration file is one row. The checks, the defaults, the
// reference page and the JSON Schema for editors are all made from the row; nothing else has to
// agree with it.
//
// check() walks a whole YAML tree against a table: unknown keys (with the nearest known one), keys
// that a later release will know, and the type and bounds of every value, in the order of the file.
// Section then reads values into structs; what the file leaves out gets the row's default. Threads:
// everything here is const or by value.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/result.h"
#include "core/yaml.h"

namespace volant::settings {

enum class Kind : std::uint8_t {
    kMap,
    kBool,
    kInt,       // decimal int64
    kNumber,    // finite double
    kShare,     // 0.05 or 5%
    kDuration,  // 30m, 7d, 1h30m, all
    kSize,      // bytes: 65536, 64KiB, 1GB
    kString,
    kChoice,  // one of `values`
    kList,    // of scalars; one scalar alone is a list of one
    kAny,     // read by hand, by the rule that `text` states
};

struct Row {
    // Keys joined by dots; `*` stands for a name that the user gives: "models.*.loop.holdback".
    std::string_view path;
    Kind kind = Kind::kMap;
    std::string_view fallback = {};  // the default, as it would be written; empty: none
    std::string_view least = {};     // bounds, as they would be written; empty: none
    std::string_view most = {};
    std::string_view unit = {};    // may follow an int: `10000 outcomes`
    std::string_view values = {};  // of a kChoice, "a|b|c"
    std::string_view later = {};   // choices that are not yet available
    std::string_view text = {};    // one sentence
    bool not_yet = false;          // the whole key belongs to a later release
};

// A view of rows; sections come before what lies in them. Scalars may have rows beneath them: then
// the key takes either form (`explore: 0.05`, `explore: {softmax: 1}`).
class Table {
  public:
    constexpr explicit Table(std::span<const Row> rows) : rows_(rows) {}

    std::span<const Row> rows() const { return rows_; }
    const Row* find(std::string_view pattern) const;
    // The row for `key` within the section `pattern`: its own, else the section's `*`; nullptr if
    // none.
    const Row* child(std::string_view pattern, std::string_view key) const;
    std::vector<const Row*> children(std::string_view pattern) const;

  private:
    std::span<const Row> rows_;
};

// "models.*.loop" of "models.*.loop.holdback", and "holdback".
std::string_view parent_of(std::string_view path);
std::string_view key_of(std::string_view path);
std::vector<std::string_view> split_choices(std::string_view values);

// The texts of single values. Strict: the whole text must be the value. nullopt otherwise.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);  // finite
std::optional<double> parse_share(std::string_view text);
std::optional<std::int64_t> parse_size(std::string_view text);

// Shortest text that parses to the same double.
std::string format_number(double number);

// "an integer from 18 to 24", "a duration from 1m to all (such as 30m, 7d)": what a row takes.
std::string expected(const Row& row);

// Checks `node`, which lies at `pattern` ("" for the root), and everything beneath it.
// Errors: kInvalidSpec with FILE:LINE:COLUMN.
Status check(const Table& table, std::string_view file, const yaml::Node& node,
             std::string_view pattern = {});

// One map of the file beside the rows for its keys. Cheap to copy; views the table and the tree.
class Section {
  public:
    // `node` may be nullptr or kNull: everything has its default then.
    Section(const Table& table, std::string_view file, const yaml::Node* node,
            std::string_view pattern = {})
        : table_(&table), file_(file), node_(node), pattern_(pattern) {}

    bool has(std::string_view key) const { return node(key) != nullptr; }
    const yaml::Node* node() const { return node_; }
    const yaml::Node* node(std::string_view key) const;  // nullptr if left out
    // The section of `key`, whether the file has it or not; the names of the user's take the row
    // `*`.
    Section section(std::string_view key) const;
    std::string_view file() const { return file_; }

    // Each reads the file's value, else the row's default, into `out`; `out` stays as it is when
    // there is neither. A key without a row, or of another kind, is a broken promise (CHECK).
    Status read(std::string_view key, bool& out) const;
    Status read(std::string_view key, double& out) const;
    Status read(std::string_view key, std::string& out) const;
    Status read(std::string_view key, std::vector<std::string>& out) const;
    // kInt, kDuration (microseconds), kSize (bytes). Rows whose numbers might not fit `T` have
    // bounds.
    template <std::integral T>
    Status read(std::string_view key, T& out) const {
        std::int64_t wide = static_cast<std::int64_t>(out);
        VOLANT_OK(read_integer(key, wide));
        out = static_cast<T>(wide);
        return {};
    }
    // kChoice: the place of the value in the row's `values` is the enum's number.
    template <class T>
    requires std::is_enum_v<T> Status read(std::string_view key, T& out)
    const {
        std::size_t index = static_cast<std::size_t>(out);
        VOLANT_OK(read_choice(key, index));
        out = static_cast<T>(index);
        return {};
    }

  private:
    const Row& row(std::string_view key) const;
    // The scalar to read: the file's, checked, or the row's default; nullopt when there is neither.
    Result<std::optional<std::string_view>> text(std::string_view key, const Row& row) const;
    Status read_integer(std::string_view key, std::int64_t& out) const;
    Status read_choice(std::string_view key, std::size_t& out) const;

    const Table* table_;
    std::string_view file_;
    const yaml::Node* node_;
    std::string_view pattern_;
};

}  // namespace volant::settings
