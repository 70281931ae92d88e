// SegmentLog: the Log over segment files.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "log/log.h"
#include "log/segments/batch.h"
#include "log/segments/catalog.h"
#include "log/segments/recovery.h"
#include "log/segments/segment_pool.h"

namespace volant::log {

class SegmentLog : public Log {
  public:
    SegmentLog(Disk& disk, std::string folder, LogOptions options);

    Status open();

    Lsn append(const Record& record) override;
    Lsn next_lsn() const override;
    std::size_t record_max() const override;
    bool has_room(std::size_t bytes) const override;
    Status reserve(std::size_t bytes) override;
    Result<bool> commit(Micros wait) override;
    Lsn durable_lsn() const override { return durable_lsn_.load(std::memory_order_acquire); }
    Result<bool> claim() override;
    Result<std::unique_ptr<Reader>> read(Lsn from) const override;
    Status drop_before(Lsn keep_from) override;
    LogStat stat() const override;
    void give_up(const Error& error) override;
    Status close() override;

  private:
    // A buffer of records behind room for a batch header, so that a batch is written in one piece.
    struct Buffer {
        std::string bytes = std::string(kBatchHeaderBytes, '\0');
        std::uint64_t records = 0;

        std::uint64_t length() const { return bytes.size() - kBatchHeaderBytes; }
        void clear() {
            bytes.resize(kBatchHeaderBytes);
            records = 0;
        }
    };

    Status open_segment(const Tail& tail);
    bool fits_pending(std::size_t bytes) const;     // under mutex_
    bool has_room_locked(std::size_t bytes) const;  // under mutex_
    std::size_t reservable(std::size_t bytes) const;
    // Commit thread:
    Status write_back();
    Status write_split();
    Status write_batch(char* bytes, std::uint64_t length, std::uint32_t records);
    Status next_segment();
    Status settle(Status status);
    std::uint64_t room() const { return segment_end_ - offset_; }

    // Constant after open().
    Disk& disk_;
    const std::string folder_;
    const LogOptions options_;
    const std::shared_ptr<Catalog> catalog_ = std::make_shared<Catalog>();

    mutable std::mutex mutex_;
    std::condition_variable appended_;      // for commit()
    std::condition_variable room_changed_;  // for reserve()
    Buffer front_;                    // appended, not yet taken by commit(); guarded by mutex_
    Lsn next_lsn_ = 1;                // guarded by mutex_
    bool committer_waits_ = false;    // guarded by mutex_
    std::uint64_t in_flight_ = 0;     // bytes taken by commit(), not yet durable; guarded by mutex_
    std::uint64_t segment_room_ = 0;  // room() as of the last commit; guarded by mutex_
    std::optional<Error> fatal_;      // guarded by mutex_

    // Of the commit thread.
    Buffer back_;
    std::unique_ptr<File> file_;
    std::uint64_t offset_ = 0;
    std::uint64_t segment_end_ = 0;
    Chain chain_;
    bool claimed_ = false;  // the newest batch holds no records
    bool disk_failed_ = false;

    std::atomic<Lsn> durable_lsn_{0};
    std::atomic<std::uint64_t> offset_seen_{0};
    std::atomic<std::uint64_t> batches_{0};
    std::atomic<std::uint64_t> syncs_{0};

    // Last: its thread calls back into this object.
    SegmentPool pool_;
};

}  // namespace volant::log
