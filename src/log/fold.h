// Fold: state that follows from the log alone.
//
// apply() is called for every record in log order, by one thread. It may depend on nothing but the
// records so far: no clock, no randomness but seeded from the record, no address, no thread count.
// snapshot() runs in a forked child: it must not lock, allocate threads or change state.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "log/record.h"

namespace volant::log {

class Fold {
  public:
    virtual ~Fold() = default;
    virtual void apply(const Record& record) = 0;
    // The next time at which something is due by itself (a window closes), or kNever. An idle
    // server appends a tick record once the clock has passed it.
    virtual Micros next_deadline() const { return kNever; }
    // Appends the whole state to `out` / replaces the whole state. A failed restore leaves the fold
    // unusable; the runner throws it away and reads the log instead.
    virtual void snapshot(std::string& out) const = 0;
    virtual Status restore(std::string_view in) = 0;
};

}  // namespace volant::log
