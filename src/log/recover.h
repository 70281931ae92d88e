// Recovery of a fold: the newest good snapshot, then the rest of the log.
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
    Lsn applied = 0;          // the end of the log
    Lsn snapshot = 0;         // 0 = none was used
    Micros time = INT64_MIN;  // the greatest known_at that was not assumed
};

// `fold` is fresh. `store` may be null. `on_applied` is called now and then with the lsn reached;
// `note` with what an operator should know. Errors: as Runner::start().
Result<Recovered> recover(const Log& log, Fold& fold, const SnapshotStore* store,
                          const std::function<void(Lsn)>& on_applied,
                          const std::function<void(const std::string&)>& note);

}  // namespace volant::log
