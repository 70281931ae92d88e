// LineBlocks: a file read in blocks of whole lines, in constant memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"

namespace volant::train {

class LineBlocks {
  public:
    // kUnavailable when the file cannot be read.
    static Result<LineBlocks> open(const std::string& path, std::size_t block_bytes,
                                   std::size_t line_max);

    // Writes the next whole lines into `buffer(size)`, a memory of at least that size that keeps
    // its beginning when asked again for more, and returns how many bytes; 0 at the end. kTooLarge
    // for a line beyond line_max.
    Result<std::size_t> next(const std::function<char*(std::size_t size)>& buffer);

    std::uint64_t bytes_total() const { return total_; }
    void rewind();

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> file_;
    std::string path_;
    std::string rest_;  // of the last block: the beginning of a line
    std::uint64_t total_ = 0;
    std::size_t block_bytes_ = 0;
    std::size_t line_max_ = 0;
};

}  // namespace volant::train
