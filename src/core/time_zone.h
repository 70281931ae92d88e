// TimeZone: a zone of the IANA database, such as Europe/Berlin, for times that come without one.
//
// Read from the system's zoneinfo files (TZif 2 or later, RFC 9636), the rule in a file's footer
// for the years behind its table. A local time that the clocks skipped or showed twice is taken in
// the offset before the change, as Python (fold=0) and java.time do: 02:30 on the night that skips
// from 02:00 to 03:00 is half an hour after the change; 02:30 on the night that shows it twice is
// the first of the two. Threads: const.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace volant {

class TimeZone {
  public:
    // From `folder`; by default what TZDIR names, else /usr/share/zoneinfo. Errors: kNotFound (no
    // such zone, with the nearest name; or no zoneinfo on this machine), kCorrupt (the file is not
    // what it should be).
    static Result<std::shared_ptr<const TimeZone>> load(const std::string& name,
                                                        std::string folder = {});
    // The bytes of a file. kCorrupt, with what was found.
    static Result<TimeZone> read(std::string name, std::string_view bytes);

    const std::string& name() const { return name_; }
    // `local`: a civil time, counted as if it were UTC.
    Micros to_utc(Micros local) const;

  private:
    explicit TimeZone(std::string name) : name_(std::move(name)) {}

    // From a local time on, until the next one's.
    struct Stretch {
        Micros from;
        Micros offset;  // east of UTC
    };
    std::string name_;
    std::vector<Stretch> stretches_;  // ascending; the first is from always
    bool repeats_ = false;            // the last 400 years, for ever
};

// "UTC", "Z", "+01:00", "-0530": minutes east of UTC.
std::optional<int> read_offset(std::string_view text);

// An offset, or a zone by name. The message of an error says what was found and expected.
Result<ZoneRule> read_zone(const std::string& text);

}  // namespace volant
