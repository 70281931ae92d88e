#include "log/memory_disk.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace volant::log {
namespace {

constexpr std::size_t kPageBytes = 64u << 10;
using Page = std::array<char, kPageBytes>;

bool all_zero(std::string_view bytes) {
    return bytes.empty() ||
           (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Error not_found(std::string_view operation, const std::string& path) {
    return fail(Code::kNotFound, std::string(operation) + " " + path + ": no such file");
}

// The entry's own name if it lies directly in `folder`, else empty.
std::string name_within(const std::string& path, const std::string& folder) {
    if (!path.starts_with(folder + "/")) return {};
    const std::string name = path.substr(folder.size() + 1);
    return name.find('/') == std::string::npos ? name : std::string{};
}

}  // namespace

class MemoryDisk::Pages {
  public:
    void write(std::uint64_t offset, std::string_view bytes) {
        const std::lock_guard lock(mutex_);
        size_ = std::max(size_, offset + bytes.size());
        pages_.resize((size_ + kPageBytes - 1) / kPageBytes);
        while (!bytes.empty()) {
            const std::size_t within = offset % kPageBytes;
            const std::string_view part = bytes.substr(0, kPageBytes - within);
            auto& page = pages_[offset / kPageBytes];
            if (!page && !all_zero(part)) page = std::make_unique<Page>();  // zeroed
            if (page) std::memcpy(page->data() + within, part.data(), part.size());
            offset += part.size();
            bytes.remove_prefix(part.size());
        }
    }

    std::size_t read(std::uint64_t offset, char* out, std::size_t size) const {
        const std::lock_guard lock(mutex_);
        if (offset >= size_) return 0;
        size = std::min<std::size_t>(size, size_ - offset);
        for (std::size_t done = 0; done < size;) {
            const std::size_t within = (offset + done) % kPageBytes;
            const std::size_t part = std::min(size - done, kPageBytes - within);
            const auto& page = pages_[(offset + done) / kPageBytes];
            if (page) {
                std::memcpy(out + done, page->data() + within, part);
            } else {
                std::memset(out + done, 0, part);
            }
            done += part;
        }
        return size;
    }

    std::uint64_t size() const {
        const std::lock_guard lock(mutex_);
        return size_;
    }

  private:
    mutable std::mutex mutex_;
    std::uint64_t size_ = 0;                    // guarded by mutex_
    std::vector<std::unique_ptr<Page>> pages_;  // guarded by mutex_; null = zeros
};

namespace {

class MemoryFile : public File {
  public:
    explicit MemoryFile(std::shared_ptr<MemoryDisk::Pages> pages) : pages_(std::move(pages)) {}
    Status write(std::uint64_t offset, std::string_view bytes) override {
        pages_->write(offset, bytes);
        return {};
    }
    Status sync() override { return {}; }
    Result<std::size_t> read(std::uint64_t offset, char* out, std::size_t size) const override {
        return pages_->read(offset, out, size);
    }
    Result<std::uint64_t> size() const override { return pages_->size(); }

  private:
    const std::shared_ptr<MemoryDisk::Pages> pages_;
};

}  // namespace

Result<std::unique_ptr<File>> MemoryDisk::open(const std::string& path) {
    return open_read_only(path);
}

Result<std::unique_ptr<File>> MemoryDisk::open_read_only(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto it = files_.find(path);
    if (it == files_.end()) return not_found("open", path);
    return std::unique_ptr<File>(new MemoryFile(it->second));
}

Result<std::unique_ptr<File>> MemoryDisk::create(const std::string& path) {
    const std::lock_guard lock(mutex_);
    auto pages = std::make_shared<Pages>();
    files_[path] = pages;
    return std::unique_ptr<File>(new MemoryFile(std::move(pages)));
}

Status MemoryDisk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    const auto it = files_.find(from);
    if (it == files_.end()) return not_found("rename", from);
    auto pages = std::move(it->second);
    files_.erase(it);
    files_[to] = std::move(pages);
    return {};
}

Status MemoryDisk::remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (files_.erase(path) == 0) return not_found("remove", path);
    return {};
}

Status MemoryDisk::make_folder(const std::string&) {
    return {};
}
Status MemoryDisk::sync_folder(const std::string&) {
    return {};
}

Result<std::vector<std::string>> MemoryDisk::list(const std::string& folder) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [path, pages] : files_) {
        std::string name = name_within(path, folder);
        if (!name.empty()) names.push_back(std::move(name));
    }
    return names;
}

}  // namespace volant::log
