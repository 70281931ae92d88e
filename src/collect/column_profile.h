// What all values of a column have in common: its type, how its dates are written.
//
// Text is an int if every value is one that fits int64 and is not padded with zeros ("007" is a
// code, not a number), else a double, else true/false, else a time, else a string. Values of NDJSON
// have types already; ints beside doubles are doubles, other mixtures strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "collect/row_source.h"
#include "collect/import/time_text.h"
#include "core/value.h"

namespace volant::collect {

class ColumnProfile {
  public:
    // A cell that is not missing.
    void observe(const Cell& cell);
    // How dates are written is of interest even where numbers or typed strings may be times.
    void observe_date(std::string_view text) { (void)read_time_text(text, {}, &dates_); }

    std::uint64_t count() const { return count_; }
    Type type() const;  // kNull when nothing was observed
    const DateEvidence& dates() const { return dates_; }
    // Every value is like "17850.0": integers that went through a program that took them for
    // floats.
    bool whole_floats() const { return count_ > 0 && whole_floats_; }

  private:
    void observe_text(std::string_view text);

    std::uint64_t count_ = 0;
    unsigned seen_ = 0;  // of typed values: a bit for each Type
    // Of texts: what every one of them could be.
    bool text_ = false;
    bool bools_ = true, ints_ = true, doubles_ = true, times_ = true, whole_floats_ = true;
    DateEvidence dates_;
};

std::optional<std::int64_t> read_int_text(std::string_view text);  // "007" and "+7" are none
std::optional<double> read_double_text(std::string_view text);     // finite
std::optional<bool> read_bool_text(std::string_view text);         // true, false in any case
// "17850.0" -> "17850"; nullopt if it is no such text.
std::optional<std::string_view> whole_part(std::string_view text);

}  // namespace volant::collect
