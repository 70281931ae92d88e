// LinearColumns: from a row of Values to the Terms of a linear model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/value.h"
#include "model/term.h"

namespace volant::model {

// Past this many terms a row's remaining interactions are left out (long lists times long lists).
inline constexpr std::size_t kTermsMax = 1u << 16;

// Turns a row of Values into Terms. Immutable; made from the names and groups of a model's columns.
//   number x:   hash(name), squash(x) where squash(x) = sign(x) (1 + log |x|) for |x| > 1, else x
//   bool:       hash(name), 0 or 1 (a zero is no term)
//   string:     hash(name, text), 1
//   list:       hash(name, each element), 1/sqrt(length)
//   time:       seconds, as a number       point: cells of about 5 km and 40 km, as strings
//   null:       hash(name, "missing"), 1
// and a constant, last. Interactions multiply the terms of groups: hash_mix of hashes, product of
// values; a group that is named twice gives each pair of its terms once. A name in an interaction
// is a group or a column.
class LinearColumns {
  public:
    struct Column {
        std::string name;
        std::string group;
    };
    LinearColumns(std::vector<Column> columns, std::vector<std::vector<std::string>> interactions);

    std::size_t size() const { return columns_.size(); }
    const std::vector<Column>& columns() const { return columns_; }
    // row[i] belongs to columns()[i]. `out` is cleared first; its order is fixed by the columns.
    void terms(std::span<const Value> row, std::vector<Term>& out) const;

  private:
    struct Range {
        std::uint32_t begin = 0, end = 0;
    };
    void append_value(std::size_t column, const Value& value, std::vector<Term>& out) const;
    void append_number(std::size_t column, double number, std::vector<Term>& out) const;
    void append_point(std::size_t column, Point point, std::vector<Term>& out) const;
    void append_interaction(std::span<const std::vector<std::size_t>> groups,
                            std::span<const Range> ranges, std::vector<Term>& out) const;

    std::vector<Column> columns_;
    std::vector<std::uint64_t> seeds_;
    std::vector<std::vector<std::vector<std::size_t>>>
        interactions_;  // each: the columns of each group
};

}  // namespace volant::model
