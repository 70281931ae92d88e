// Disk: what the segment code asks of a file system, so that a test can put a memory or a faulty
// disk (memory_disk.h, fault_disk.h) below the very code that runs on files (file_disk.h).
//
// Paths are relative or absolute, with '/' between names. Threads: any, for different files; one
// File may be read by one thread while another writes or syncs it.
// Errors: kStorageFull for ENOSPC and EDQUOT, kNotFound for ENOENT, kUnavailable for everything
// else; the message names the path and the operation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace volant::log {

class File {
  public:
    virtual ~File() = default;
    // Writes all of `bytes` at `offset`, growing the file if need be. After an error any part of
    // them may be there.
    virtual Status write(std::uint64_t offset, std::string_view bytes) = 0;
    // Once it returns, what was written before survives a crash (fdatasync). After an error nothing
    // is known about any of it, and a later success says nothing about it either.
    virtual Status sync() = 0;
    // Fills `out` from `offset`; the number of bytes is smaller only at the file's end.
    virtual Result<std::size_t> read(std::uint64_t offset, char* out, std::size_t size) const = 0;
    virtual Result<std::uint64_t> size() const = 0;
};

class Disk {
  public:
    virtual ~Disk() = default;
    virtual Result<std::unique_ptr<File>> open(const std::string& path) = 0;
    virtual Result<std::unique_ptr<File>> open_read_only(const std::string& path) const = 0;
    // A new, empty file; an old one of that name is emptied.
    virtual Result<std::unique_ptr<File>> create(const std::string& path) = 0;
    // The names in a folder, of files and of folders, survive a crash only after its sync_folder().
    virtual Status rename(const std::string& from, const std::string& to) = 0;
    virtual Status remove(const std::string& path) = 0;
    // And its parents, whose names survive a crash by then; fine if it is there.
    virtual Status make_folder(const std::string& path) = 0;
    virtual Status sync_folder(const std::string& path) = 0;
    // The names of the files in a folder, in ascending order.
    virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;
};

}  // namespace volant::log
