// Finding the end of a log. docs/formats/log.md, "Where a log ends".
#pragma once

#include <string>
#include <vector>

#include "log/disk.h"
#include "log/segments/batch.h"
#include "log/segments/catalog.h"
#include "log/segments/segment_scan.h"

namespace volant::log {

// One segment read to where its chain stops.
struct SegmentWalk {
    Chain chain;             // after its last batch
    std::uint64_t last = 0;  // offset of its last batch
    std::uint64_t end = 0;   // offset behind it; 0 = it has none
    std::uint64_t batches = 0;
    std::uint64_t records = 0;
    std::vector<ReadStart> index;
};

// Reads and checks every batch from the start of the segment, on from `chain`. `scan` is left at
// the end.
Result<SegmentWalk> walk_segment(SegmentScan& scan, Lsn segment, const Chain& chain);

struct Tail {
    Lsn segment = 1;
    SegmentWalk walk;
};

// `segments`: the first lsns of all segments, ascending, not empty.
// kCorrupt, with file and offset, if a batch is bad that was durable.
Result<Tail> find_tail(const Disk& disk, const std::string& folder,
                       const std::vector<Lsn>& segments);

// The first lsns of the segments among `names`, ascending.
std::vector<Lsn> segments_among(const std::vector<std::string>& names);

Error corrupt_at(std::string_view path, std::uint64_t offset, std::string_view what);
// The bad batch at `offset` is one that `claim`, the offset of a later batch, says was durable.
Error lost_batch(std::string_view path, std::uint64_t offset, std::uint64_t claim);

}  // namespace volant::log
