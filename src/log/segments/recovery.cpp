#include "log/segments/recovery.h"

#include <algorithm>

#include "log/segments/segment_name.h"

namespace volant::log {
namespace {

// The segment before an empty last one says where the chain goes on.
Result<Chain> chain_before(const Disk& disk, const std::string& folder, Lsn segment, Lsn next) {
    const std::string path = folder + "/" + segment_name(segment);
    VOLANT_TRY(auto file, disk.open_read_only(path));
    SegmentScan scan(std::move(file), 0);
    VOLANT_TRY(SegmentWalk walk,
               walk_segment(scan, segment, Chain{.next_lsn = segment, .digest = {}}));
    if (walk.chain.next_lsn != next) {
        // A segment is synced to its end before the next one gets its name.
        return corrupt_at(path, walk.end,
                          "a batch is bad; the next segment starts at lsn " + std::to_string(next) +
                              ", this one ends before lsn " + std::to_string(walk.chain.next_lsn));
    }
    return walk.chain;
}

}  // namespace

Error corrupt_at(std::string_view path, std::uint64_t offset, std::string_view what) {
    return fail(Code::kCorrupt, std::string(path) + " at byte " + std::to_string(offset) + ": " +
                                    std::string(what));
}

Error lost_batch(std::string_view path, std::uint64_t offset, std::uint64_t claim) {
    return corrupt_at(
        path, offset,
        "a batch is bad; the one at byte " + std::to_string(claim) + " proves that it was durable");
}

std::vector<Lsn> segments_among(const std::vector<std::string>& names) {
    std::vector<Lsn> segments;
    for (const std::string& name : names) {
        if (const auto lsn = number_in_name(name, kSegmentSuffix)) segments.push_back(*lsn);
    }
    std::sort(segments.begin(), segments.end());
    return segments;
}

Result<SegmentWalk> walk_segment(SegmentScan& scan, Lsn segment, const Chain& chain) {
    SegmentWalk walk{.chain = chain, .index = {}};
    while (true) {
        VOLANT_TRY(const std::optional<Batch> batch, scan.peek(UINT64_MAX));
        if (!batch || !walk.chain.accepts(batch->header)) break;
        add_to_index(walk.index, {segment, batch->header.first_lsn, scan.offset()});
        walk.chain.advance(batch->header);
        walk.last = scan.offset();
        walk.batches += 1;
        walk.records += batch->header.record_count;
        scan.skip(batch->header);
    }
    walk.end = scan.offset();
    return walk;
}

Result<Tail> find_tail(const Disk& disk, const std::string& folder,
                       const std::vector<Lsn>& segments) {
    Tail tail{.segment = segments.back(), .walk = {}};
    const std::string path = folder + "/" + segment_name(tail.segment);
    Chain chain{.next_lsn = tail.segment, .digest = {}};
    if (tail.segment == 1) chain.digest = 0;
    if (segments.size() > 1) {
        VOLANT_TRY(chain, chain_before(disk, folder, segments[segments.size() - 2], tail.segment));
    }
    VOLANT_TRY(auto file, disk.open_read_only(path));
    SegmentScan scan(std::move(file), 0);
    VOLANT_TRY(tail.walk, walk_segment(scan, tail.segment, chain));
    VOLANT_TRY(const auto claim, scan.find_claim(tail.walk.chain));
    if (claim) return lost_batch(path, tail.walk.end, *claim);
    return tail;
}

}  // namespace volant::log
