// LineBlocks: a file (or a gzip or zstd of one) read in blocks of whole lines, in constant memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/input_file.h"
#include "core/result.h"

namespace volant::train {

class LineBlocks {
  public:
    // Blocks are about `block_bytes` long. kUnavailable when the file cannot be read.
    static Result<LineBlocks> open(const std::string& path, std::size_t block_bytes,
                                   std::size_t line_max);

    // Writes the next whole lines into `buffer(size)`, a memory of at least that size that keeps
    // its beginning when asked for more, and returns how many bytes; 0 at the end. The last line
    // may lack its line feed. kTooLarge for a line beyond line_max; kUnavailable, kCorrupt.
    Result<std::size_t> next(const std::function<char*(std::size_t size)>& buffer);

    Status rewind();
    // Of the file itself, compressed or not.
    std::uint64_t bytes_read() const { return file_->bytes_read(); }
    std::uint64_t bytes_total() const { return file_->bytes_total(); }

  private:
    LineBlocks() = default;

    std::optional<InputFile> file_;
    std::string path_;
    std::string rest_;  // of the last block: the beginning of a line
    std::size_t block_bytes_ = 0;
    std::size_t line_max_ = 0;
};

}  // namespace volant::train
