// Log: an append-only sequence of records. The embedded one keeps segment files (segments/); a
// larger site puts Kafka behind the same interface.
//
// Threads: append() by one thread (the apply thread); commit() by one thread (the commit thread);
// the rest from any thread.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "log/record.h"

namespace volant::log {

// Reads forward from a place; pins the segments it may still need against recycling while it lives.
// Sees records up to what was durable when next() was called.
class Reader {
  public:
    virtual ~Reader() = default;
    // True and a record, or false at the end. Views live until the next call. Errors: kCorrupt
    // (with file and offset), kUnavailable.
    virtual Result<bool> next(Record& out) = 0;
};

struct LogStat {
    Lsn first_lsn = 1;        // oldest record still kept
    Lsn next_lsn = 1;
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0;  // written, without the zeroed rest
    std::uint64_t batches = 0;
    std::uint64_t syncs = 0;  // fdatasync calls since start
};

class Log {
  public:
    virtual ~Log() = default;

    // Buffers a record; it is durable once durable_lsn() has reached the returned lsn.
    // `record.lsn` is ignored. Never blocks on the disk. kTooLarge beyond a batch's limit is the
    // caller's duty to avoid (kRecordMax).
    virtual Lsn append(const Record& record) = 0;
    virtual Lsn next_lsn() const = 0;

    // Waits until something is appended or `wait` has passed, then writes and syncs all of it as one
    // batch. True if anything was written. Errors: kStorageFull (nothing of the batch is kept, the
    // log stays usable), kUnavailable (a failed sync: nothing after it can be trusted, the log refuses
    // everything from then on).
    virtual Result<bool> commit(Micros wait) = 0;
    virtual Lsn durable_lsn() const = 0;

    virtual Result<std::unique_ptr<Reader>> read(Lsn from) const = 0;
    // Recycles whole segments that hold nothing at or after `keep_from`.
    virtual Status drop_before(Lsn keep_from) = 0;
    virtual LogStat stat() const = 0;
    // Writes a last claim that all is durable. No append or commit may follow.
    virtual Status close() = 0;
};

inline constexpr std::size_t kRecordMax = 34u << 20;  // one record, encoded

}  // namespace volant::log
