#include "collect/import/time_sorter.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace volant::collect {
namespace {

constexpr std::size_t kRunsMax = 128;  // open at once; past it they are merged into one
constexpr std::size_t kBuffer = 128u << 10;

Error disk_error(const std::string& dir) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    return fail(full ? Code::kStorageFull : Code::kUnavailable,
                "temporary file in " + dir + ": " + std::strerror(errno));
}

}  // namespace

// A sorted run on disk: time, size and bytes of each record. Written once, then read once.
class TimeSorter::Run {
  public:
    static Result<std::unique_ptr<Run>> make(const std::string& dir) {
        std::string path = dir + "/volant-import-XXXXXX";
        const int descriptor = ::mkstemp(path.data());
        if (descriptor < 0) return disk_error(dir);
        ::unlink(path.c_str());
        std::FILE* const file = ::fdopen(descriptor, "w+b");
        VOLANT_CHECK(file != nullptr);
        return std::unique_ptr<Run>(new Run(file, dir));
    }
    ~Run() { std::fclose(file_); }
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    Status write(Micros time, std::string_view payload) {
        const std::uint64_t size = payload.size();
        const bool done = std::fwrite(&time, sizeof time, 1, file_) == 1 &&
                          std::fwrite(&size, sizeof size, 1, file_) == 1 &&
                          std::fwrite(payload.data(), 1, size, file_) == size;
        if (!done) return disk_error(dir_);
        return {};
    }
    Status rewind() {
        if (std::fflush(file_) != 0 || std::fseek(file_, 0, SEEK_SET) != 0) return disk_error(dir_);
        return {};
    }
    // The next record becomes time() and payload(); false at the end.
    Result<bool> advance() {
        std::uint64_t size = 0;
        if (std::fread(&time_, sizeof time_, 1, file_) != 1) {
            if (std::ferror(file_) != 0) return disk_error(dir_);
            return false;
        }
        if (std::fread(&size, sizeof size, 1, file_) != 1) return disk_error(dir_);
        payload_.resize(size);
        if (std::fread(payload_.data(), 1, size, file_) != size) return disk_error(dir_);
        return true;
    }
    Micros time() const { return time_; }
    std::string_view payload() const { return payload_; }

  private:
    Run(std::FILE* file, const std::string& dir) : file_(file), dir_(dir) {
        std::setvbuf(file_, nullptr, _IOFBF, kBuffer);
    }

    std::FILE* const file_;
    const std::string dir_;
    Micros time_ = 0;
    std::string payload_;
};

TimeSorter::TimeSorter(std::string temp_dir, std::size_t bytes_max)
    : temp_dir_(std::move(temp_dir)), bytes_max_(bytes_max) {}
TimeSorter::~TimeSorter() = default;

std::size_t TimeSorter::runs_count() const {
    return runs_.size();
}

Status TimeSorter::add(Micros time, std::string_view payload) {
    const std::size_t held = bytes_.size() + entries_.size() * sizeof(Entry);
    if (!entries_.empty() && held + payload.size() + sizeof(Entry) > bytes_max_) {
        VOLANT_OK(write_memory());
    }
    entries_.push_back({time, bytes_.size(), payload.size()});
    bytes_.append(payload);
    ++count_;
    return {};
}

void TimeSorter::sort_memory() {
    const auto earlier = [](const Entry& a, const Entry& b) { return a.time < b.time; };
    std::stable_sort(entries_.begin(), entries_.end(), earlier);
}

Status TimeSorter::write_memory() {
    if (runs_.size() == kRunsMax) VOLANT_OK(merge_all_runs());
    sort_memory();
    VOLANT_TRY(std::unique_ptr<Run> run, Run::make(temp_dir_));
    for (const Entry& entry : entries_) {
        VOLANT_OK(
            run->write(entry.time, std::string_view(bytes_).substr(entry.offset, entry.size)));
    }
    VOLANT_OK(run->rewind());
    runs_.push_back(std::move(run));
    entries_.clear();
    bytes_.clear();
    return {};
}

// All runs so far into one, which stays the oldest.
Status TimeSorter::merge_all_runs() {
    VOLANT_TRY(std::unique_ptr<Run> merged, Run::make(temp_dir_));
    Micros time = 0;
    std::string_view payload;
    for (;;) {
        VOLANT_TRY(const bool any, next_merged(time, payload));
        if (!any) break;
        VOLANT_OK(merged->write(time, payload));
    }
    VOLANT_OK(merged->rewind());
    runs_.clear();
    heap_.clear();
    merging_ = false;
    runs_.push_back(std::move(merged));
    return {};
}

Status TimeSorter::finish() {
    if (runs_.empty()) {
        sort_memory();
        return {};
    }
    if (!entries_.empty()) VOLANT_OK(write_memory());
    bytes_.shrink_to_fit();
    return {};
}

Result<bool> TimeSorter::next(Micros& time, std::string_view& payload) {
    if (!runs_.empty()) return next_merged(time, payload);
    if (next_entry_ == entries_.size()) return false;
    const Entry& entry = entries_[next_entry_++];
    time = entry.time;
    payload = std::string_view(bytes_).substr(entry.offset, entry.size);
    return true;
}

Result<bool> TimeSorter::next_merged(Micros& time, std::string_view& payload) {
    const auto later = [&](std::size_t a, std::size_t b) {  // of equals the older run comes first
        const Micros left = runs_[a]->time(), right = runs_[b]->time();
        return left > right || (left == right && a > b);
    };
    if (heap_.empty() && !merging_) {
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            VOLANT_TRY(const bool any, runs_[i]->advance());
            if (any) heap_.push_back(i);
        }
        std::make_heap(heap_.begin(), heap_.end(), later);
    } else if (!heap_.empty()) {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        VOLANT_TRY(const bool any, runs_[heap_.back()]->advance());
        if (any) {
            std::push_heap(heap_.begin(), heap_.end(), later);
        } else {
            heap_.pop_back();
        }
    }
    merging_ = true;
    if (heap_.empty()) return false;
    time = runs_[heap_.front()]->time();
    payload = runs_[heap_.front()]->payload();
    return true;
}

}  // namespace volant::collect
