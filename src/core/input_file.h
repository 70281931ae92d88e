// A file read from front to back, inflated on the way when its first bytes say gzip or zstd.
// Constant memory. Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/compress.h"
#include "core/result.h"

namespace volant {

class InputFile {
  public:
    // "-" is standard input. Errors: kUnavailable (not there, not readable, a directory).
    static Result<InputFile> open(const std::string& path);
    InputFile(InputFile&&) noexcept;
    InputFile& operator=(InputFile&&) noexcept;
    ~InputFile();

    // Up to `room` bytes into `out`; 0 only at the end. Errors: kUnavailable, kCorrupt (damaged or
    // cut).
    Result<std::size_t> read(char* out, std::size_t room);

    Encoding encoding() const;
    // For a progress bar: bytes of the file itself that have been read, and all of them (0: not
    // known).
    std::uint64_t bytes_read() const;
    std::uint64_t bytes_total() const;

  private:
    struct State;
    explicit InputFile(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace volant
