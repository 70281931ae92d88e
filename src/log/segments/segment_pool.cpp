#include "log/segments/segment_pool.h"

#include <algorithm>
#include <chrono>

#include "core/clock.h"
#include "log/segments/segment_name.h"

namespace volant::log {
namespace {

constexpr std::size_t kReadyMax = 3;  // more recycled ones are removed
// A sync each, and then a pause as long: small enough not to hold up commits.
constexpr std::uint64_t kStepBytes = 512u << 10;
constexpr std::chrono::seconds kRetryEvery{1};

}  // namespace

SegmentPool::SegmentPool(Disk& disk, std::string folder, std::uint64_t segment_bytes,
                         bool background, std::function<void()> on_change)
    : disk_(disk),
      folder_(std::move(folder)),
      segment_bytes_(segment_bytes),
      background_(background),
      on_change_(std::move(on_change)) {}

SegmentPool::~SegmentPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (filler_.joinable()) filler_.join();
}

Status SegmentPool::open(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const std::string path = folder_ + "/" + name;
        if (name == kFillingName) VOLANT_OK(disk_.remove(path));
        const auto number = number_in_name(name, kFreeSuffix);
        if (!number) continue;
        next_number_ = std::max(next_number_, *number + 1);
        VOLANT_TRY(const auto file, disk_.open_read_only(path));
        VOLANT_TRY(const std::uint64_t size, file->size());
        // A crash may have kept the name but not the whole content, or the setting has changed.
        if (size != segment_bytes_ || ready_.size() >= kReadyMax) {
            VOLANT_OK(disk_.remove(path));
        } else {
            ready_.push_back(path);
        }
    }
    if (background_) filler_ = std::thread([this] { fill_loop(); });
    return {};
}

Result<std::string> SegmentPool::take() {
    std::unique_lock lock(mutex_);
    while (ready_.empty()) {
        if (!background_) {
            lock.unlock();
            fill_one();
            lock.lock();
            if (ready_.empty()) return *failure_;
        } else {
            if (failure_) return *failure_;
            urgent_ = true;
            changed_.notify_all();
            changed_.wait(lock);
        }
    }
    urgent_ = false;
    std::string path = std::move(ready_.back());
    ready_.pop_back();
    lock.unlock();
    changed_.notify_all();
    return path;
}

Status SegmentPool::recycle(const std::string& path) {
    VOLANT_TRY(const auto file, disk_.open_read_only(path));
    VOLANT_TRY(const std::uint64_t size, file->size());
    std::string name;
    {
        const std::lock_guard lock(mutex_);
        if (size == segment_bytes_ && ready_.size() < kReadyMax) {
            name = folder_ + "/" + free_name(next_number_++);
        }
    }
    if (name.empty()) return disk_.remove(path);
    VOLANT_OK(disk_.rename(path, name));
    {
        const std::lock_guard lock(mutex_);
        ready_.push_back(name);
        failure_.reset();
    }
    changed_.notify_all();
    on_change_();
    return {};
}

bool SegmentPool::has_ready() const {
    const std::lock_guard lock(mutex_);
    return !ready_.empty();
}

std::optional<Error> SegmentPool::failure() const {
    const std::lock_guard lock(mutex_);
    return ready_.empty() ? failure_ : std::nullopt;
}

void SegmentPool::refill() {
    if (!background_ && !has_ready()) fill_one();
}

void SegmentPool::fill_loop() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (!wanted()) {
            changed_.wait(lock);
            continue;
        }
        lock.unlock();
        fill_one();
        lock.lock();
        if (failure_ && !stopping_) changed_.wait_for(lock, kRetryEvery);
    }
}

void SegmentPool::fill_one() {
    const std::lock_guard filling_lock(filling_);
    if (has_ready()) return;  // somebody else did
    const std::string filling = folder_ + "/" + std::string(kFillingName);
    Status status = fill(filling);
    std::string ready;
    if (status.ok()) {
        {
            const std::lock_guard lock(mutex_);
            ready = folder_ + "/" + free_name(next_number_++);
        }
        status = disk_.rename(filling, ready);
    }
    // What was filled so far is given back: on a full disk others need it.
    if (!status.ok()) (void)disk_.remove(filling);
    {
        const std::lock_guard lock(mutex_);
        failure_.reset();
        if (status.ok()) {
            ready_.push_back(ready);
        } else {
            failure_ = std::move(status).error();
        }
    }
    changed_.notify_all();
    on_change_();
}

Status SegmentPool::fill(const std::string& path) {
    VOLANT_TRY(const auto file, disk_.create(path));
    const std::string zeros(std::min(kStepBytes, segment_bytes_), '\0');
    for (std::uint64_t offset = 0; offset < segment_bytes_; offset += zeros.size()) {
        const std::uint64_t step = std::min<std::uint64_t>(zeros.size(), segment_bytes_ - offset);
        const Micros start = monotonic_now();
        VOLANT_OK(file->write(offset, std::string_view(zeros).substr(0, step)));
        VOLANT_OK(file->sync());
        std::unique_lock lock(mutex_);
        const auto pause = std::chrono::microseconds(monotonic_now() - start);
        // No pause for one who must be ready before the writer has filled its segment.
        if (background_ && offset >= 2 * writer_offset_) {
            changed_.wait_for(lock, pause, [this] { return urgent_ || stopping_; });
        }
        if (stopping_) return fail(Code::kCancelled, "the log is closing");
    }
    return {};
}

}  // namespace volant::log
