#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace volant {
namespace {

Error system_error(const std::string& doing, const std::string& path, int number) {
    Code code = Code::kUnavailable;
    if (number == ENOSPC || number == EDQUOT) code = Code::kStorageFull;
    if (number == ENOENT || number == ENOTDIR) code = Code::kNotFound;
    return fail(code, "cannot " + doing + " " + path + ": " + std::strerror(number));
}

bool is_folder(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// A descriptor that closes itself.
class File {
  public:
    File(const std::string& path, int flags, unsigned mode = 0)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int operator*() const { return descriptor_; }
    bool open() const { return descriptor_ >= 0; }

  private:
    int descriptor_;
};

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const File file(path, O_RDONLY);
    struct stat info {};
    if (!file.open() || ::fstat(*file, &info) != 0) return system_error("read", path, errno);
    if (!S_ISREG(info.st_mode)) return fail(Code::kUnavailable, path + " is not a file");
    if (static_cast<std::size_t>(info.st_size) > bytes_max) {
        return fail(Code::kTooLarge, path + " has " + std::to_string(info.st_size) +
                                         " bytes, at most " + std::to_string(bytes_max) +
                                         " are read");
    }
    std::string content(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t done = 0;
    while (done < content.size()) {
        const ssize_t got = ::read(*file, content.data() + done, content.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error("read", path, errno);
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    content.resize(done);
    return content;
}

Status write_file_synced(const std::string& path, std::string_view content, unsigned mode) {
    const File file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (!file.open()) return system_error("write", path, errno);
    while (!content.empty()) {
        const ssize_t wrote = ::write(*file, content.data(), content.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return system_error("write", path, errno);
        content.remove_prefix(static_cast<std::size_t>(wrote));
    }
    if (::fsync(*file) != 0) return system_error("sync", path, errno);
    return {};
}

Status sync_folder(const std::string& path) {
    const File folder(path, O_RDONLY | O_DIRECTORY);
    if (!folder.open() || ::fsync(*folder) != 0) return system_error("sync", path, errno);
    return {};
}

Status replace_file(const std::string& path, std::string_view content, unsigned mode) {
    const std::string temporary = path + ".new";
    VOLANT_OK(write_file_synced(temporary, content, mode));
    if (::rename(temporary.c_str(), path.c_str()) != 0)
        return system_error("rename", temporary, errno);
    return sync_folder(parent_folder(path));
}

Status make_folders(const std::string& path) {
    if (is_folder(path)) return {};
    const std::string parent = parent_folder(path);
    if (parent != path) VOLANT_OK(make_folders(parent));
    if (::mkdir(path.c_str(), 0777) != 0) {
        const int number = errno;
        if (!is_folder(path)) return system_error("make the folder", path, number);
    }
    return sync_folder(parent);
}

std::string parent_folder(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const std::string parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

bool file_exists(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0;
}

}  // namespace volant
