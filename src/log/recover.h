// Recovery of a fold: the newest good snapshot, then the rest of the log. Where no snapshot is of
// this fold's definition: the whole log, if it has its beginning; else what Fold::take_over() makes
// of the oldest good snapshot (the horizon's, from which most can be folded anew), then the rest.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/result.h"
#include "log/fold.h"
#include "log/log.h"
#include "log/snapshot_store.h"

namespace volant::log {

struct Recovered {
    Lsn applied = 0;   // the end of the log
    Lsn snapshot = 0;  // 0 = none was used
    // The state is not what any snapshot holds: one was taken over from another definition of the
    // fold, or was of no use and the log was folded from its beginning.
    bool snapshot_due = false;
    Micros time = INT64_MIN;  // the greatest known_at that was not assumed
};

// The part of it before the log: `fold`, fresh, becomes what the snapshots in `store` give it in a
// log that begins at lsn `first`.
Result<Recovered> restore_from_snapshots(Lsn first, Fold& fold, const SnapshotStore& store,
                                         const std::function<void(const std::string&)>& note);

// `fold` is fresh. `store` may be null. `on_applied` is called now and then with the lsn reached,
// and says whether to go on; `note` with what an operator should know. Errors: as Runner::start();
// kInvalidSpec where the new definition asks for what is gone.
Result<Recovered> recover(const Log& log, Fold& fold, const SnapshotStore* store,
                          const std::function<bool(Lsn)>& on_applied,
                          const std::function<void(const std::string&)>& note);

}  // namespace volant::log
