#include "log/file_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/files.h"

namespace volant::log {
namespace {

class PosixFile : public File {
  public:
    PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
    ~PosixFile() override { ::close(descriptor_); }
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;

    Status write(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t n =
                ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) return disk_error(n < 0 ? errno : ENOSPC, "write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(n));
            offset += static_cast<std::uint64_t>(n);
        }
        return {};
    }

    Status sync() override {
        // Not repeated after EINTR: Linux may have dropped the dirty pages' error by then.
        if (::fdatasync(descriptor_) != 0) return disk_error(errno, "sync", path_);
        return {};
    }

    Result<std::size_t> read(std::uint64_t offset, char* out, std::size_t size) const override {
        std::size_t got = 0;
        while (got < size) {
            const ssize_t n =
                ::pread(descriptor_, out + got, size - got, static_cast<off_t>(offset + got));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return disk_error(errno, "read", path_);
            if (n == 0) break;
            got += static_cast<std::size_t>(n);
        }
        return got;
    }

    Result<std::uint64_t> size() const override {
        struct stat info {};
        if (::fstat(descriptor_, &info) != 0) return disk_error(errno, "stat", path_);
        return static_cast<std::uint64_t>(info.st_size);
    }

  private:
    const int descriptor_;
    const std::string path_;
};

Result<std::unique_ptr<File>> open_file(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0640);
    if (descriptor < 0) return disk_error(errno, "open", path);
    return std::unique_ptr<File>(new PosixFile(descriptor, path));
}

}  // namespace

Error disk_error(int error_number, std::string_view operation, std::string_view path) {
    const bool full = error_number == ENOSPC || error_number == EDQUOT;
    const Code code = full                     ? Code::kStorageFull
                      : error_number == ENOENT ? Code::kNotFound
                                               : Code::kUnavailable;
    return fail(code, std::string(operation) + " " + std::string(path) + ": " +
                          std::generic_category().message(error_number));
}

Result<std::unique_ptr<File>> FileDisk::open(const std::string& path) {
    return open_file(path, O_RDWR);
}

Result<std::unique_ptr<File>> FileDisk::open_read_only(const std::string& path) const {
    return open_file(path, O_RDONLY);
}

Result<std::unique_ptr<File>> FileDisk::create(const std::string& path) {
    return open_file(path, O_RDWR | O_CREAT | O_TRUNC);
}

Status FileDisk::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return disk_error(errno, "rename", from);
    return {};
}

Status FileDisk::remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0) return disk_error(errno, "remove", path);
    return {};
}

Status FileDisk::make_folder(const std::string& path) {
    return make_folders(path);
}

Status FileDisk::sync_folder(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return disk_error(errno, "open", path);
    const int failed = ::fsync(descriptor) != 0 ? errno : 0;
    ::close(descriptor);
    if (failed != 0) return disk_error(failed, "sync", path);
    return {};
}

Result<std::vector<std::string>> FileDisk::list(const std::string& folder) const {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator it(folder, error);
    for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        std::error_code ignored;
        if (it->is_regular_file(ignored)) names.push_back(it->path().filename().string());
    }
    if (error) return disk_error(error.value(), "list", folder);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace volant::log
