#include "log/segments/segment_log.h"

#include <algorithm>
#include <chrono>

#include "core/files.h"
#include "log/segments/log_reader.h"
#include "log/segments/segment_name.h"

namespace volant::log {
namespace {

// Kept free in the last segment when the disk is full, beyond what commands reserve: for claims,
// ticks and headers.
constexpr std::uint64_t kReserveBytes = 64u << 10;

// A buffer that one large body made larger than this is given back.
constexpr std::size_t kBufferKeepBytes = 4u << 20;

struct Piece {
    std::uint64_t length = 0;
    std::uint32_t records = 0;
};

// The whole records at the front of `bytes` that fit, with a header, into `room`.
Piece records_within(std::string_view bytes, std::uint64_t room) {
    Piece piece;
    Record record;
    std::size_t used = 0;
    while (decode_record(bytes.substr(piece.length), record, used) &&
           kBatchHeaderBytes + piece.length + used <= room) {
        piece.length += used;
        ++piece.records;
    }
    return piece;
}

}  // namespace

SegmentLog::SegmentLog(Disk& disk, std::string folder, LogOptions options)
    : disk_(disk),
      folder_(std::move(folder)),
      options_(options),
      pool_(disk_, folder_, options_.segment_bytes, options_.background, [this] {
          { const std::lock_guard lock(mutex_); }
          room_changed_.notify_all();
      }) {}

Status SegmentLog::open() {
    VOLANT_OK(disk_.make_folder(folder_));
    VOLANT_OK(disk_.sync_folder(parent_folder(folder_)));  // an earlier run may have failed to
    VOLANT_OK(disk_.sync_folder(folder_));
    VOLANT_TRY(const auto names, disk_.list(folder_));
    const std::vector<Lsn> segments = segments_among(names);
    Tail tail;
    if (!segments.empty()) {
        VOLANT_TRY(tail, find_tail(disk_, folder_, segments));
    }
    VOLANT_OK(pool_.open(names));
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        catalog_->add_old(segments[i], folder_ + "/" + segment_name(segments[i]));
    }
    chain_ = segments.empty() ? Chain{.next_lsn = 1, .digest = 0} : tail.walk.chain;
    next_lsn_ = chain_.next_lsn;
    durable_lsn_ = chain_.next_lsn - 1;
    if (!segments.empty()) VOLANT_OK(open_segment(tail));
    if (room() < kBatchHeaderBytes) {
        // The old one must be durable to its end before the next gets its name.
        if (file_) VOLANT_OK(file_->sync());
        VOLANT_OK(next_segment());
    }
    pool_.refill();
    // What a killed process left may be in the page cache alone; this claim's sync makes it
    // durable.
    return settle(write_batch(back_.bytes.data(), 0, 0));
}

Status SegmentLog::open_segment(const Tail& tail) {
    const std::string path = folder_ + "/" + segment_name(tail.segment);
    VOLANT_TRY(file_, disk_.open(path));
    VOLANT_TRY(segment_end_, file_->size());
    offset_ = tail.walk.end;
    // After a failed sync the page cache may show what is not on the disk and never would be:
    // writing the last batch again makes it dirty, and the first claim's sync then durable. Those
    // before it were synced, or it would not have been written.
    std::string last(tail.walk.end - tail.walk.last, '\0');
    VOLANT_TRY(const std::size_t got, file_->read(tail.walk.last, last.data(), last.size()));
    VOLANT_OK(file_->write(tail.walk.last, std::string_view(last).substr(0, got)));
    ++chain_.generation;  // hides what is left of a torn tail
    catalog_->add_last(tail.segment, path, offset_, tail.walk.index);
    return {};
}

std::size_t SegmentLog::record_max() const {
    return std::min<std::size_t>(kRecordMax, options_.segment_bytes / 2);
}

Lsn SegmentLog::append(const Record& record) {
    VOLANT_CHECK(encoded_size(record) <= record_max());
    const std::lock_guard lock(mutex_);
    encode_record(record, front_.bytes);
    ++front_.records;
    if (committer_waits_) appended_.notify_one();
    return next_lsn_++;
}

Lsn SegmentLog::next_lsn() const {
    const std::lock_guard lock(mutex_);
    return next_lsn_;
}

// Everything pending must fit into one segment, whole: then a switch never splits it, and either
// the rest of this segment or the ready one takes it.
bool SegmentLog::fits_pending(std::size_t bytes) const {
    return front_.length() + in_flight_ + bytes + 2 * kBatchHeaderBytes <= options_.segment_bytes;
}

bool SegmentLog::has_room_locked(std::size_t bytes) const {
    if (!fits_pending(bytes)) return false;
    const std::uint64_t spare = std::min(kReserveBytes, options_.segment_bytes / 8);
    return front_.length() + in_flight_ + bytes + spare <= segment_room_ || pool_.has_ready();
}

bool SegmentLog::has_room(std::size_t bytes) const {
    const std::lock_guard lock(mutex_);
    return !fatal_ && has_room_locked(reservable(bytes));
}

std::size_t SegmentLog::reservable(std::size_t bytes) const {
    return std::min<std::size_t>(bytes, options_.segment_bytes - 2 * kBatchHeaderBytes);
}

Status SegmentLog::reserve(std::size_t bytes) {
    bytes = reservable(bytes);
    std::unique_lock lock(mutex_);
    bool tried = options_.background;
    while (true) {
        if (fatal_) return *fatal_;
        if (has_room_locked(bytes)) return {};
        if (!tried) {
            lock.unlock();
            pool_.refill();
            lock.lock();
            tried = true;
            continue;
        }
        // What is on its way may yet turn out smaller than the rest of the segment; then wait.
        if (fits_pending(bytes) && in_flight_ == 0) {
            if (const auto failure = pool_.failure()) return *failure;
        }
        room_changed_.wait(lock);
    }
}

Result<bool> SegmentLog::commit(Micros wait) {
    std::unique_lock lock(mutex_);
    if (front_.records == 0 && !fatal_ && wait > 0) {
        committer_waits_ = true;
        appended_.wait_for(lock, std::chrono::microseconds(wait),
                           [this] { return front_.records > 0; });
        committer_waits_ = false;
    }
    if (fatal_) return *fatal_;
    if (front_.records == 0) return false;
    std::swap(front_, back_);
    in_flight_ = back_.length();
    lock.unlock();
    Status status = write_back();
    back_.clear();
    if (back_.bytes.capacity() > kBufferKeepBytes) back_.bytes.shrink_to_fit();
    VOLANT_OK(settle(std::move(status)));
    return true;
}

// Publishes what a write on the commit thread came to.
Status SegmentLog::settle(Status status) {
    {
        const std::lock_guard lock(mutex_);
        in_flight_ = 0;
        segment_room_ = room();
        if (!status.ok()) {
            // Later records were applied to a world in which the lost ones had happened.
            front_.clear();
            next_lsn_ = chain_.next_lsn;
            if (disk_failed_ || status.error().code != Code::kStorageFull) {
                fatal_ = fail(Code::kUnavailable, status.error().message);
                status = *fatal_;
            }
        }
    }
    room_changed_.notify_all();
    return status;
}

Status SegmentLog::write_back() {
    const std::uint64_t bytes = kBatchHeaderBytes + back_.length();
    if (bytes > room()) {
        if (bytes > options_.segment_bytes) return write_split();
        VOLANT_OK(next_segment());
    }
    return write_batch(back_.bytes.data(), back_.length(),
                       static_cast<std::uint32_t>(back_.records));
}

// More was appended than a segment holds: as many whole records a batch as there is room for. Each
// later batch puts its header over the end of the one before, which is written by then.
Status SegmentLog::write_split() {
    std::string_view left = std::string_view(back_.bytes).substr(kBatchHeaderBytes);
    while (!left.empty()) {
        const auto [length, records] = records_within(left, room());
        if (records == 0) {
            VOLANT_OK(next_segment());
            continue;
        }
        char* const bytes =
            back_.bytes.data() + (back_.bytes.size() - left.size() - kBatchHeaderBytes);
        VOLANT_OK(write_batch(bytes, length, records));
        left.remove_prefix(length);
    }
    return {};
}

Status SegmentLog::write_batch(char* bytes, std::uint64_t length, std::uint32_t records) {
    BatchHeader header{.record_count = records,
                       .generation = chain_.generation,
                       .first_lsn = chain_.next_lsn,
                       .durable_lsn = chain_.next_lsn - 1,
                       .length = length,
                       .previous = chain_.digest.value_or(0)};
    seal_batch(header, bytes);
    VOLANT_OK(file_->write(offset_, {bytes, header.bytes()}));
    Status synced = file_->sync();
    syncs_.fetch_add(1, std::memory_order_relaxed);
    disk_failed_ = !synced.ok();
    VOLANT_OK(std::move(synced));
    catalog_->advance(header.first_lsn, offset_, offset_ + header.bytes());
    chain_.advance(header);
    offset_ += header.bytes();
    offset_seen_.store(offset_, std::memory_order_relaxed);
    pool_.set_writer_offset(offset_);
    claimed_ = records == 0;
    batches_.fetch_add(1, std::memory_order_relaxed);
    durable_lsn_.store(chain_.next_lsn - 1, std::memory_order_release);
    return {};
}

Status SegmentLog::next_segment() {
    VOLANT_TRY(const std::string ready, pool_.take());
    const std::string path = folder_ + "/" + segment_name(chain_.next_lsn);
    VOLANT_TRY(auto file, disk_.open(ready));
    // The name must be durable before anything in it is acknowledged, and after all before it was.
    Status named = disk_.rename(ready, path);
    if (named.ok()) named = disk_.sync_folder(folder_);
    disk_failed_ = !named.ok();
    VOLANT_OK(std::move(named));
    file_ = std::move(file);
    offset_ = 0;
    VOLANT_TRY(segment_end_, file_->size());
    ++chain_.generation;
    catalog_->add_last(chain_.next_lsn, path);
    pool_.refill();
    return {};
}

Result<bool> SegmentLog::claim() {
    {
        const std::lock_guard lock(mutex_);
        if (fatal_) return *fatal_;
    }
    // A full segment needs no claim: the name of the next one will be it.
    if (claimed_ || room() < kBatchHeaderBytes) return false;
    VOLANT_OK(settle(write_batch(back_.bytes.data(), 0, 0)));
    return true;
}

Result<std::unique_ptr<Reader>> SegmentLog::read(Lsn from) const {
    return open_reader(disk_, catalog_, std::max<Lsn>(from, 1));
}

Status SegmentLog::drop_before(Lsn keep_from) {
    for (const std::string& path : catalog_->take_before(keep_from)) VOLANT_OK(pool_.recycle(path));
    return {};
}

LogStat SegmentLog::stat() const {
    LogStat stat;
    stat.first_lsn = catalog_->first_lsn();
    stat.next_lsn = next_lsn();
    stat.segments = catalog_->size();
    stat.last_segment_bytes = offset_seen_.load();
    stat.bytes = (stat.segments - 1) * options_.segment_bytes + stat.last_segment_bytes;
    stat.batches = batches_.load();
    stat.syncs = syncs_.load();
    return stat;
}

void SegmentLog::give_up(const Error& error) {
    {
        const std::lock_guard lock(mutex_);
        if (!fatal_) fatal_ = error;
    }
    room_changed_.notify_all();
}

Status SegmentLog::close() {
    VOLANT_TRY(const bool wrote, commit(0));
    VOLANT_TRY(const bool claimed, claim());
    (void)wrote, (void)claimed;
    return {};
}

Result<std::unique_ptr<Log>> make_log(Disk& disk, const std::string& folder, LogOptions options) {
    auto log = std::make_unique<SegmentLog>(disk, folder, options);
    VOLANT_OK(log->open());
    return std::unique_ptr<Log>(std::move(log));
}

}  // namespace volant::log
