// Catalog: which segments a log has, how far the last one is durable, and who still reads which.
// Shared by the writer and its readers. Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "log/log.h"

namespace volant::log {

// How far a segment may be read, and what comes after it.
struct SegmentExtent {
    std::string path;
    std::uint64_t limit = UINT64_MAX;  // the durable end of the last segment; others: to their end
    Lsn next_segment = 0;              // first lsn of the one after it; 0 = it is the last
};

// A batch from which reading can start.
struct ReadStart {
    Lsn segment = 0;  // its first lsn
    Lsn lsn = 0;      // first lsn of the batch, not after the one asked for
    std::uint64_t offset = 0;
};

// Distance between index entries: about what is read, and thrown away, to reach a record.
inline constexpr std::uint64_t kIndexBytes = 64u << 10;
// Adds an entry if it lies far enough behind the last one.
void add_to_index(std::vector<ReadStart>& index, const ReadStart& entry);

class Catalog {
  public:
    // Adds a segment of an earlier run; not the last unless only readers use this catalog.
    void add_old(Lsn first_lsn, std::string path);
    // Adds the last segment, durable up to `end`, with the index of what it holds.
    void add_last(Lsn first_lsn, std::string path, std::uint64_t end = 0,
                  std::vector<ReadStart> index = {});
    // The last segment is durable up to `end`; a batch starting at `batch_lsn` begins at
    // `batch_offset`.
    void advance(Lsn batch_lsn, std::uint64_t batch_offset, std::uint64_t end);

    Lsn first_lsn() const;
    std::size_t size() const;
    SegmentExtent extent(Lsn segment) const;

    // Pins the segment that holds `from` and says where to start; kNotFound if it was dropped.
    Result<ReadStart> pin(Lsn from);
    void pin_next(Lsn segment, Lsn next_segment);  // moves a pin
    void unpin(Lsn segment);

    // True for a segment of an earlier run until somebody has set its index.
    bool needs_index(Lsn segment) const;
    void set_index(Lsn segment, std::vector<ReadStart> index);

    // Takes out and returns the paths of segments that hold nothing at or after `keep_from` and
    // that no reader may still need. The last two always stay: together they say where the chain
    // goes on.
    std::vector<std::string> take_before(Lsn keep_from);

  private:
    struct Segment {
        std::string path;
        std::uint64_t end = UINT64_MAX;  // durable end, kept while it is the last
        std::vector<ReadStart> index;    // ascending; one entry every kIndexBytes
        bool indexed = true;
        int pins = 0;
    };

    mutable std::mutex mutex_;
    std::map<Lsn, Segment> segments_;  // by first lsn; guarded by mutex_
};

}  // namespace volant::log
