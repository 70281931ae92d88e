// Dates and times as files in the wild write them, beyond ISO 8601:
//
//     2010-12-01 08:26:00   2010/12/1 8:26   20101201   2024年1月5日 8时26分
//     12/1/2010 8:26 PM     1.12.2010        Dec 1, 2010   1 Dec 2010 08:26:00
//     1291191960 (seconds, milliseconds or microseconds by their size)
//
// 3/4/2010 may be March or April: the evidence of a whole column decides, or else the caller. Dates
// with dots are read day first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace volant::collect {

// What the texts of a column say about its dates.
struct DateEvidence {
    bool numeric = false;      // 3/4/2010 occurs at all
    bool day_first = false;    // 13/4/2010
    bool month_first = false;  // 4/13/2010
    bool local = false;        // a time without a zone
};

struct TimeForm {
    bool day_first = false;
    const ZoneRule* zone = nullptr;  // of a time without one; nullptr: UTC
};

// nullopt if it is no time. Adds to `evidence` if given.
std::optional<Micros> read_time_text(std::string_view text, const TimeForm& form,
                                     DateEvidence* evidence = nullptr);

// Cheap: false for most texts that are no times (and for plain numbers).
bool may_be_time_text(std::string_view text);

}  // namespace volant::collect
