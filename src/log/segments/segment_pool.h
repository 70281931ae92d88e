// SegmentPool: segment files that are ready to be written, so that a commit never waits for a file
// to grow (a growing file costs a journal commit with each sync: 2-3 thousand syncs a second, not
// 10).
//
// It keeps one ready: zero-filled ahead of need, or recycled. That one is also the reserve: on a
// full disk the log still has it to end in good order.
//
// Threads: any. With `background` a thread of its own fills; else the caller of take() or refill().
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "log/disk.h"

namespace volant::log {

class SegmentPool {
  public:
    // `on_change` is called, without a lock held, when a segment became ready or filling one
    // failed.
    SegmentPool(Disk& disk, std::string folder, std::uint64_t segment_bytes, bool background,
                std::function<void()> on_change);
    ~SegmentPool();
    SegmentPool(const SegmentPool&) = delete;
    SegmentPool& operator=(const SegmentPool&) = delete;

    // Takes over the ready files of an earlier run and removes a half-filled one.
    Status open(const std::vector<std::string>& names);

    // The path of a ready segment, which is then the caller's to rename. Waits while one is being
    // filled. Errors: why filling failed, kStorageFull as a rule; it is tried again every second.
    Result<std::string> take();
    // A segment that is no longer needed becomes ready again, or is removed if there are enough.
    Status recycle(const std::string& path);

    // How far the writer has filled its segment: filling the next one keeps ahead of it.
    void set_writer_offset(std::uint64_t offset) { writer_offset_ = offset; }

    bool has_ready() const;
    // Why there is none ready and none on its way; nullopt if there is, or will be.
    std::optional<Error> failure() const;
    // Without a background thread: fills one if none is ready.
    void refill();

  private:
    bool wanted() const { return ready_.empty(); }  // under mutex_
    void fill_loop();
    void fill_one();
    Status fill(const std::string& path);

    // Constant after construction.
    Disk& disk_;
    const std::string folder_;
    const std::uint64_t segment_bytes_;
    const bool background_;
    const std::function<void()> on_change_;

    std::mutex filling_;  // one filling.tmp at a time; taken before mutex_
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> ready_;  // guarded by mutex_
    std::optional<Error> failure_;    // guarded by mutex_; cleared by the next success
    std::uint64_t next_number_ = 1;   // guarded by mutex_
    bool urgent_ = false;             // somebody waits; guarded by mutex_
    bool stopping_ = false;           // guarded by mutex_
    std::atomic<std::uint64_t> writer_offset_{0};
    std::thread filler_;
};

}  // namespace volant::log
