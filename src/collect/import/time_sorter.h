// An external sort by time in bounded memory: runs are sorted and written to files without names,
// then merged. Stable: what has the same time comes out in the order it went in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace volant::collect {

class TimeSorter {
  public:
    // Runs of at most `bytes_max` in memory; files in `temp_dir`, which vanish by themselves.
    TimeSorter(std::string temp_dir, std::size_t bytes_max);
    ~TimeSorter();
    TimeSorter(const TimeSorter&) = delete;
    TimeSorter& operator=(const TimeSorter&) = delete;

    // Errors: kUnavailable, kStorageFull.
    Status add(Micros time, std::string_view payload);
    // Once, after the last add().
    Status finish();
    // The next payload, a view until the next call; false at the end. Errors: kUnavailable.
    Result<bool> next(Micros& time, std::string_view& payload);

    std::uint64_t count() const { return count_; }
    std::size_t runs_count() const;  // written to disk

  private:
    class Run;
    struct Entry {
        Micros time;
        std::size_t offset, size;  // in bytes_
    };

    void sort_memory();
    Status write_memory();
    Status merge_all_runs();
    Result<bool> next_merged(Micros& time, std::string_view& payload);

    const std::string temp_dir_;
    const std::size_t bytes_max_;
    std::uint64_t count_ = 0;
    std::string bytes_;  // payloads of the run in memory
    std::vector<Entry> entries_;
    std::size_t next_entry_ = 0;              // when nothing was spilled
    std::vector<std::unique_ptr<Run>> runs_;  // oldest first
    std::vector<std::size_t> heap_;           // indices of runs, the next one at the front
    bool merging_ = false;                    // the heap is set up: an empty one is the end
};

}  // namespace volant::collect
