// Log: an append-only sequence of records. The embedded one keeps segment files (segments/); a
// larger site puts Kafka behind the same interface. docs/formats/log.md has every byte.
//
// Threads: append() and reserve() by one thread (the apply thread); commit(), claim() and close()
// by one thread (the commit thread); the rest from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "log/disk.h"
#include "log/record.h"

namespace volant::log {

// Reads forward from a place; pins the segments it may still need against recycling while it lives.
// Sees records up to what was durable when next() was called. Must not outlive its log.
class Reader {
  public:
    virtual ~Reader() = default;
    // True and a record, or false at the end (more may come). Views live until the next call.
    // Errors: kCorrupt (with file and offset), kUnavailable; then it stays where it is.
    virtual Result<bool> next(Record& out) = 0;
};

struct LogStat {
    Lsn first_lsn = 1;  // oldest record still kept
    Lsn next_lsn = 1;   // of the next append
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // full segments count whole; the zeroed rest of the last one does not
    std::uint64_t last_segment_bytes = 0;  // written to the last one, in whole batches
    std::uint64_t batches = 0;             // written since start, claims included
    std::uint64_t syncs = 0;               // fdatasync calls since start, for batches and claims
};

class Log {
  public:
    virtual ~Log() = default;

    // Buffers a record; it is durable once durable_lsn() has reached the returned lsn.
    // `record.lsn` is ignored. Never blocks on the disk. A record beyond record_max() is a broken
    // promise of the caller.
    virtual Lsn append(const Record& record) = 0;
    virtual Lsn next_lsn() const = 0;
    virtual std::size_t record_max() const = 0;  // kRecordMax, or less where segments are small

    // Makes sure that `bytes` more of encoded records can be committed. A fold that has applied a
    // record cannot take it back, so whoever applies before the commit reserves first, and gives
    // kStorageFull to commands that it then does not run. Waits while earlier records are on their
    // way to the disk (another thread commits) or a segment is being prepared: back-pressure. More
    // than a segment counts as one segment. Errors: kStorageFull, kUnavailable (see commit).
    virtual Status reserve(std::size_t bytes) = 0;
    // True if reserve() would give OK at once.
    virtual bool has_room(std::size_t bytes) const = 0;

    // Waits until something is appended or `wait` has passed, then writes and syncs all of it, as
    // one batch if that fits into a segment. True if any record was written. Errors: kStorageFull
    // (only without reserve(): what did not fit is dropped, its lsns are given again, the log stays
    // usable), kUnavailable (a failed write or sync: nothing after it can be trusted, the log
    // refuses everything from then on).
    virtual Result<bool> commit(Micros wait) = 0;
    virtual Lsn durable_lsn() const = 0;
    // Writes and syncs a claim (an empty batch) that all before it is durable, unless the newest
    // batch is one. An idle server calls it, so that damage to its last records is told from a torn
    // tail. True if it wrote one. Errors as commit().
    virtual Result<bool> claim() = 0;

    // From the first record at or after `from`. kNotFound if `from` was dropped by retention.
    virtual Result<std::unique_ptr<Reader>> read(Lsn from) const = 0;
    // Recycles whole segments that hold nothing at or after `keep_from` and that no reader pins
    // (the next call takes those).
    virtual Status drop_before(Lsn keep_from) = 0;
    virtual LogStat stat() const = 0;
    // Nothing more is kept: reserve(), also one that waits, commit() and claim() give `error` from
    // now on, unless they give another already. Any thread.
    virtual void give_up(const Error& error) = 0;
    // Commits what is left and writes a last claim. No append or commit may follow.
    virtual Status close() = 0;
};

struct LogOptions {
    // Of a new segment file. Larger: fewer switches, more disk for an idle workspace (two
    // segments). Tests take 64 KiB; nobody else should change it.
    std::uint64_t segment_bytes = 64u << 20;
    // Zero-fills the next segment in a thread of its own. Off: the calling thread does it, so that
    // a test's disk operations have one order.
    bool background = true;
};

// Opens the log in `folder` (made if missing): finds the end, cuts a torn tail, and claims that
// what is left is durable. `disk` must outlive the log. The caller holds the workspace's lock.
// Errors: kCorrupt with file and offset (a bad batch that a later one claims was durable),
// kStorageFull, kUnavailable.
Result<std::unique_ptr<Log>> make_log(Disk& disk, const std::string& folder,
                                      LogOptions options = {});

}  // namespace volant::log
