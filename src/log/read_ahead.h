// ReadAhead: reads a log in a thread of its own, some blocks ahead of whoever folds it: the disk,
// the checksums and the decoding of records then cost the fold no time.
//
// Memory: kBlocks blocks of about kBlockBytes (one record at least). Threads: next() by one.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/result.h"
#include "log/log.h"

namespace volant::log {

class ReadAhead {
  public:
    static constexpr std::size_t kBlocks = 4;
    static constexpr std::size_t kBlockBytes = 512u << 10;
    static constexpr std::size_t kBlockRecords = 4096;

    // Reads on until the reader first says that there is no more.
    explicit ReadAhead(std::unique_ptr<Reader> reader);
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    // The next records, in order; none at the end. Views live until the next call. Errors: the
    // reader's, once all records before it were given.
    Result<std::span<const Record>> next();

  private:
    struct Block {
        std::vector<Record> records;
        std::string bytes;
        std::optional<Error> error;  // after the records
    };
    void read_loop();
    void fill(Block& block);

    std::unique_ptr<Reader> reader_;  // of the thread

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::unique_ptr<Block>> filled_;  // guarded by mutex_; one without records: the end
    std::deque<std::unique_ptr<Block>> free_;    // guarded by mutex_
    bool stopping_ = false;                      // guarded by mutex_

    std::unique_ptr<Block> given_;  // of the caller
    bool at_end_ = false;
    std::thread thread_;
};

}  // namespace volant::log
