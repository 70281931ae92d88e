// SegmentScan: reads one segment file forward, batch by batch, in pieces that grow: most readers
// want one record, the others all of them. Threads: one at a time; the file may be written behind
// `limit` meanwhile.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "log/disk.h"
#include "log/segments/batch.h"

namespace volant::log {

struct Batch {
    BatchHeader header;
    std::string_view records;
};

class SegmentScan {
  public:
    SegmentScan(std::unique_ptr<File> file, std::uint64_t offset)
        : file_(std::move(file)), offset_(offset) {}

    std::uint64_t offset() const { return offset_; }

    // The batch at offset() if it is whole before `limit` and intact, else nullopt. `limit` may
    // rise from call to call; nothing behind it is looked at. Views live until the next call.
    Result<std::optional<Batch>> peek(std::uint64_t limit);
    // Its header alone, the checksum unchecked.
    Result<std::optional<BatchHeader>> peek_header(std::uint64_t limit);
    void skip(const BatchHeader& header) { offset_ += header.bytes(); }

    // After a bad place: looks from offset() to the file's end for an intact batch which proves
    // that the batch missing at `chain` was durable. Its offset, or nullopt: then it was a torn
    // tail.
    Result<std::optional<std::uint64_t>> find_claim(const Chain& chain);

  private:
    static constexpr std::uint64_t kReadBytesFirst = 64u << 10;  // as far as an index entry leads

    // A view of up to `size` bytes from `offset`, shorter only where the file or `limit` ends.
    Result<std::string_view> view(std::uint64_t offset, std::uint64_t size, std::uint64_t limit);

    Result<std::uint64_t> file_bytes();

    std::unique_ptr<File> file_;
    std::uint64_t offset_;
    std::unique_ptr<char[]> buffer_;  // of capacity_ bytes; the file's from buffer_offset_
    std::uint64_t capacity_ = 0;
    std::uint64_t buffer_offset_ = 0;
    std::uint64_t buffered_ = 0;
    std::uint64_t read_bytes_ = kReadBytesFirst;  // the next read, where no more is asked for
    std::uint64_t file_bytes_ = 0;  // 0 = not asked yet; a segment never changes its size
};

}  // namespace volant::log
