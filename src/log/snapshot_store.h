// SnapshotStore: a fold's state in files, `<dir>/<lsn>/state` (20 digits).
// docs/formats/snapshot.md.
//
// A snapshot appears under its name whole and synced, or not at all. Threads: one at a time;
// write() runs in a forked child.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pieces.h"
#include "core/result.h"
#include "log/record.h"

namespace volant::log {

struct SnapshotHeader {
    Lsn lsn = 0;      // the state after this record
    Micros time = 0;  // the runner's time then
    std::uint64_t bytes = 0;
};

struct Snapshot {
    SnapshotHeader header;
    std::string state;
};

class SnapshotStore {
  public:
    explicit SnapshotStore(std::string folder);

    // Ascending. Reads the headers only; one that cannot be read is left out and said in `notes`.
    Result<std::vector<SnapshotHeader>> list(std::vector<std::string>* notes = nullptr) const;

    // Writes and syncs what `state` writes under a temporary name, piece by piece.
    Status write(Lsn lsn, Micros time, const std::function<void(Pieces&)>& state) const;
    Status write(Lsn lsn, Micros time, std::string_view state) const;
    // Gives what write() left its name. Only once the log is durable up to `lsn`: a snapshot is a
    // claim that the log went on to there.
    Status publish(Lsn lsn) const;
    // A second, separate file with the same state, for the snapshot at the horizon of retention.
    Status copy(Lsn lsn) const;

    // Checks everything; takes the copy if the first is damaged. kCorrupt, kNotFound, kUnavailable.
    Result<Snapshot> load(Lsn lsn) const;
    Status remove(Lsn lsn) const;
    // Removes what an interrupted write() left.
    Status remove_temporary() const;

  private:
    std::string path(Lsn lsn, std::string_view suffix) const;
    const std::string folder_;
};

// Which snapshots to keep, and from where on the log can be dropped.
struct SnapshotPlan {
    std::vector<Lsn> remove;
    Lsn horizon = 0;  // keep this one twice, then drop the log's records up to it; 0 = drop nothing
};
// `all` ascending. Keeps the newest two. With a retention the horizon is the newest one that is
// older than now - retention, and between it and the newest at most kSnapshotsMax stay, evenly in
// time, so that the horizon can follow.
SnapshotPlan plan_snapshots(std::vector<SnapshotHeader> all, Micros now, Micros retention);
inline constexpr std::size_t kSnapshotsMax = 8;

}  // namespace volant::log
