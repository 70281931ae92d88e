// Backup: a workspace that runs, as one archive (core/archive.h): volant.yaml, FORMAT, the keys,
// the log up to what is durable, all snapshots, and the packages. What came after it began may be
// in it or not; what is in it is whole: the files of the archive are a workspace.
//
// The log is pinned meanwhile, so that retention takes nothing from under it. Threads: any; reads
// files, and holds nobody up.
#pragma once

#include <cstdint>
#include <string>

#include "api/workspace.h"
#include "core/result.h"

namespace volant::api {

struct Backup {
    log::Lsn lsn = 0;  // everything up to here is in it
    std::uint64_t bytes = 0;
};

// Errors: kStorageFull, kUnavailable, kCancelled (Workspace::end_backups); then no file is left at
// `path`.
Result<Backup> write_backup(const Workspace& workspace, const std::string& path);

}  // namespace volant::api
