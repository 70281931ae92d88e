// Archive: files in one file, a tar (POSIX ustar) in zstd, written and read front to back in
// constant memory. `tar --zstd -xf` reads it too.
//
// Names are relative paths with '/' between their parts, of at most 255 bytes; a file has less than
// 8 GiB. Modes are kept, owners and times are not. Threads: one archive a thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace volant {

class ArchiveWriter {
  public:
    // Errors of all: kStorageFull, kUnavailable; the file is then worthless.
    static Result<ArchiveWriter> create(const std::string& path, unsigned mode = 0600);

    // The first `bytes` of the file at `path`, which must not shrink meanwhile. kNotFound; then
    // nothing was written and the archive goes on.
    Status add_file(const std::string& name, const std::string& path,
                    std::uint64_t bytes = UINT64_MAX);
    // Writes the end and syncs: an archive without its end is refused.
    Status finish();

    std::uint64_t bytes() const { return written_; }  // of the archive so far

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    ArchiveWriter(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    Status put(std::string_view bytes);
    Status flush();

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    std::string chunk_;  // not yet compressed
    std::uint64_t written_ = 0;
};

// Writes the files of the archive at `path` below `folder`, and syncs them. Names that would lead
// out of it are refused. Errors: kCorrupt (damaged, cut, or no archive), kStorageFull,
// kUnavailable; what was written before stays.
Status extract_archive(const std::string& path, const std::string& folder);

}  // namespace volant
