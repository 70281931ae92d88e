// WorkspaceLock: one process at a time works on a workspace's data. data/LOCK is held with flock,
// so that the lock ends with the process however it ends; the file names its holder. data/FORMAT
// says which layout the folder has.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"

namespace volant::log {

inline constexpr int kDataFormat = 1;

class WorkspaceLock {
  public:
    // `folder` exists. Errors: kUnavailable (held: names the process), kCorrupt (a FORMAT that this
    // build does not know).
    static Result<std::unique_ptr<WorkspaceLock>> acquire(const std::string& folder);
    // The process that holds it, as it says itself; 0 = nobody does.
    static int holder(const std::string& folder);
    ~WorkspaceLock();
    WorkspaceLock(const WorkspaceLock&) = delete;
    WorkspaceLock& operator=(const WorkspaceLock&) = delete;

  private:
    explicit WorkspaceLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace volant::log
