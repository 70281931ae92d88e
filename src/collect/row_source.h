// Rows of a file, one after another, in whatever format it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/value.h"

namespace volant::collect {

struct Cell {
    std::uint32_t column = 0;  // index into columns()
    bool typed = false;        // `value` holds it (NDJSON, Vowpal Wabbit); else `text` does (CSV)
    std::string_view text;     // until the next row
    Value value;
};

// null, or the empty text, or one of the texts that mean a missing value.
bool is_missing(const Cell& cell, const std::vector<std::string>& texts);

struct Row {
    std::uint64_t line = 0;   // where it begins, from 1
    std::vector<Cell> cells;  // in order of column for CSV; columns that a row lacks have no cell
    std::string problem;      // not empty: the row cannot be read, and why; the next one can
};

inline constexpr std::size_t kColumnsMax = 10'000;
inline constexpr std::size_t kRowBytesMax = 8u << 20;

class RowSource {
  public:
    virtual ~RowSource() = default;
    // False at the end. Errors end the reading: kUnavailable, kCorrupt, kTooLarge (a row beyond
    // kRowBytesMax: most often a quote that is never closed).
    virtual Result<bool> next(Row& row) = 0;
    // Those found so far: NDJSON and Vowpal Wabbit find more as they go.
    virtual const std::vector<std::string>& columns() const = 0;
    virtual std::uint64_t bytes_read() const = 0;
    virtual std::uint64_t bytes_total() const = 0;
};

}  // namespace volant::collect
