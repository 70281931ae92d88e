// Small files and folders, with errors that name the path.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace volant {

// kNotFound, kUnavailable; kTooLarge beyond `bytes_max`.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max = 1u << 30);
// Writes and syncs; the file may be half written after a crash. kStorageFull, kUnavailable.
Status write_file_synced(const std::string& path, std::string_view content, unsigned mode = 0644);
// Through a temporary name beside it, synced, renamed, the folder synced: old or new, never half.
Status replace_file(const std::string& path, std::string_view content, unsigned mode = 0644);
Status sync_folder(const std::string& path);
// With its parents; fine if it is there. Each that was made has its name in a folder that is
// synced, so that it survives a crash.
Status make_folders(const std::string& path);
// Where its name stands; "." for a bare name.
std::string parent_folder(std::string path);
bool file_exists(const std::string& path);

}  // namespace volant
