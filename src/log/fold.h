// Fold: state that follows from the log alone.
//
// apply() is called for every record in log order, by one thread. It may depend on nothing but the
// records so far: no clock, no randomness but seeded from the record, no address, no thread count.
// snapshot() and stream() run in a forked child: they must not lock, start threads or change state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/pieces.h"
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
    // The bytes of snapshot(), not all in memory at once: for folds with much state.
    virtual void stream(Pieces& out) const { snapshot(out.buffer()); }

    // For a log whose beginning is gone: replaces the whole state by what a snapshot of another
    // definition of this fold is worth, since what changed cannot be folded anew. Gives what an
    // operator should know. Errors: kConflict (nothing of it can be taken over), kInvalidSpec (the
    // change asks for what the snapshot does not have; it says what), kCorrupt.
    virtual Result<std::vector<std::string>> take_over(std::string_view) {
        return fail(Code::kConflict, "the snapshot is of another definition");
    }
};

}  // namespace volant::log
