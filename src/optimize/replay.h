// Replay: proves what was served. The log is folded again by the same code, and every prediction is
// made again from the state before it; all bytes of the record are compared.
//
//   exact           the same bytes
//   beyond horizon  the log no longer holds what it was made from: it lies before the oldest
//                   snapshot of its specification
//   erased          its subject's key was destroyed
//   other profile   made under a numeric profile that this build does not have
//   mismatched      other bytes: the first one is described; versions whose weights are gone, so
//                   that their answers cannot be made again, are named
// A log that holds several specifications is folded once for each, since each has features of its
// own. A log that has its beginning is proven by itself; where retention has dropped it, each
// specification is folded on from the oldest snapshot that a server of it has left. Threads: the
// caller's folds and compares, another reads ahead.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "deploy/live_models.h"
#include "log/log.h"
#include "log/snapshot_store.h"
#include "spec/spec.h"

namespace volant::optimize {

struct ReplayMismatch {
    log::Lsn lsn = 0;
    std::string what;  // "row of b7: user.reads_7d", "score of b7", "version", ...
    std::string logged;
    std::string replayed;
};

// A version that gave answers and has no weights any more.
struct ReplayMissing {
    std::string model;
    std::uint32_t version = 0;
    std::string why;
    std::uint64_t answers = 0;  // of those that are counted as mismatched
};

struct ReplayReport {
    std::uint64_t records = 0;
    std::uint64_t exact = 0;
    std::uint64_t beyond_horizon = 0;
    std::uint64_t erased = 0;
    std::uint64_t other_profile = 0;
    std::uint64_t mismatched = 0;
    std::optional<ReplayMismatch> first_mismatch;
    std::vector<ReplayMissing> missing;
};

struct ReplayInput {
    // Opens a reader at a record; called once or twice for each specification.
    std::function<Result<std::unique_ptr<log::Reader>>(log::Lsn from)> open;
    log::Lsn oldest = 1;  // the log's first record
    // Where the log does not begin at 1; null = none.
    const log::SnapshotStore* snapshots = nullptr;
    // Weights of registered versions, from their packages; by specification, since it is built for
    // one.
    std::function<std::unique_ptr<deploy::WeightsSource>(const spec::Spec&)> weights;
    std::uint64_t workspace_seed = 0;
    std::function<void(std::uint64_t records)> progress;  // now and then, of all passes together
};

// Errors: kCorrupt (the log), kUnavailable, kInvalidSpec (a logged specification that this build
// refuses).
Result<ReplayReport> verify_replay(const ReplayInput& input);

}  // namespace volant::optimize
