#include "log/fault_disk.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "log/file_disk.h"

namespace volant::log {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

Error gone(const std::string& path) {
    return fail(Code::kUnavailable, path + ": the machine has stopped");
}

void apply_name(auto& names, const auto& change) {
    if (!change.from.empty()) names.erase(change.from);
    if (!change.to.empty()) names[change.to] = change.content;
}

void put_bytes(std::string& content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
}

}  // namespace

class FaultDisk::OpenFile : public File {
  public:
    OpenFile(FaultDisk& disk, std::shared_ptr<Content> content, std::string path)
        : disk_(disk), content_(std::move(content)), path_(std::move(path)), start_(disk.start_) {}

    Status write(std::uint64_t offset, std::string_view bytes) override {
        const std::lock_guard lock(disk_.mutex_);
        if (start_ != disk_.start_) return gone(path_);
        return disk_.write(*content_, path_, offset, bytes);
    }
    Status sync() override {
        const std::lock_guard lock(disk_.mutex_);
        if (start_ != disk_.start_) return gone(path_);
        return disk_.sync(*content_, path_);
    }
    Result<std::size_t> read(std::uint64_t offset, char* out, std::size_t size) const override {
        const std::lock_guard lock(disk_.mutex_);
        if (start_ != disk_.start_ || disk_.crashed_) return gone(path_);
        if (offset >= content_->current.size()) return std::size_t{0};
        return content_->current.copy(out, size, offset);
    }
    Result<std::uint64_t> size() const override {
        const std::lock_guard lock(disk_.mutex_);
        if (start_ != disk_.start_ || disk_.crashed_) return gone(path_);
        return std::uint64_t{content_->current.size()};
    }

  private:
    FaultDisk& disk_;
    const std::shared_ptr<Content> content_;
    const std::string path_;
    const std::uint64_t start_;
};

// --- what the test says ---

void FaultDisk::crash_after(std::uint64_t operations_from_now) {
    const std::lock_guard lock(mutex_);
    crash_at_ = operations_ + operations_from_now;
}

bool FaultDisk::crashed() const {
    const std::lock_guard lock(mutex_);
    return crashed_;
}

void FaultDisk::restart() {
    const std::lock_guard lock(mutex_);
    std::set<std::shared_ptr<Content>> all;
    for (const auto& [path, content] : names_) all.insert(content);
    for (const auto& [path, content] : durable_names_) all.insert(content);
    for (const auto& change : unsynced_names_) all.insert(change.content);
    // In the order of the names, which does not depend on addresses.
    for (const auto* names : {&names_, &durable_names_}) {
        for (const auto& [path, content] : *names) {
            if (all.erase(content) > 0) settle_sectors(*content);
        }
    }
    settle_names();
    crash_at_ = UINT64_MAX;
    crashed_ = false;
    faults_.clear();
    ++start_;
}

void FaultDisk::fail(DiskOperation kind, std::uint64_t nth, int error_number) {
    const std::lock_guard lock(mutex_);
    faults_.push_back({kind, nth, error_number});
}

void FaultDisk::set_capacity(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    capacity_ = bytes;
}

void FaultDisk::set_sync_lies(bool lies) {
    const std::lock_guard lock(mutex_);
    sync_lies_ = lies;
}

void FaultDisk::corrupt(const std::string& path, std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    Content& content = *names_.at(path);
    content.current.at(offset) ^= 0x40;
    content.durable.resize(std::max(content.durable.size(), content.current.size()));
    content.durable[offset] = content.current[offset];
}

std::uint64_t FaultDisk::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

std::uint64_t FaultDisk::syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
}

// --- the disk ---

Result<std::unique_ptr<File>> FaultDisk::open(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (crashed_) return gone(path);
    const auto it = names_.find(path);
    if (it == names_.end()) return disk_error(ENOENT, "open", path);
    return std::unique_ptr<File>(new OpenFile(*this, it->second, path));
}

Result<std::unique_ptr<File>> FaultDisk::open_read_only(const std::string& path) const {
    return const_cast<FaultDisk*>(this)->open(path);  // a File reads and writes the same object
}

Result<std::unique_ptr<File>> FaultDisk::create(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (auto error = step(DiskOperation::kCreate, path)) return *std::move(error);
    if (!has_folder(parent_folder(path))) return disk_error(ENOENT, "create", path);
    auto content = std::make_shared<Content>();
    change_name({"", path, content});
    return std::unique_ptr<File>(new OpenFile(*this, content, path));
}

Status FaultDisk::rename(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    if (auto error = step(DiskOperation::kRename, from)) return *std::move(error);
    const auto it = names_.find(from);
    if (it == names_.end()) return disk_error(ENOENT, "rename", from);
    VOLANT_CHECK(parent_folder(from) == parent_folder(to));
    change_name({from, to, it->second});
    return {};
}

Status FaultDisk::remove(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (auto error = step(DiskOperation::kRemove, path)) return *std::move(error);
    const auto it = names_.find(path);
    if (it == names_.end()) return disk_error(ENOENT, "remove", path);
    change_name({path, "", it->second});
    return {};
}

Status FaultDisk::make_folder(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (has_folder(path)) return {};
    if (auto error = step(DiskOperation::kMakeFolder, path)) return *std::move(error);
    const auto folder = std::make_shared<Content>();
    folder->is_folder = true;
    for (std::string parent = parent_folder(path); !has_folder(parent);
         parent = parent_folder(parent)) {
        names_[parent] = durable_names_[parent] = folder;
    }
    change_name({"", path, folder});
    return {};
}

Status FaultDisk::sync_folder(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (auto error = step(DiskOperation::kSyncFolder, path)) return *std::move(error);
    if (sync_lies_) return {};
    const auto here = [&](const NameChange& change) { return change.folder() == path; };
    for (const NameChange& change : unsynced_names_) {
        if (here(change)) apply_name(durable_names_, change);
    }
    std::erase_if(unsynced_names_, here);
    return {};
}

Result<std::vector<std::string>> FaultDisk::list(const std::string& folder) const {
    const std::lock_guard lock(mutex_);
    if (crashed_) return gone(folder);
    std::vector<std::string> found;
    for (const auto& [path, content] : names_) {
        if (parent_folder(path) == folder && !content->is_folder)
            found.push_back(path.substr(folder.size() + 1));
    }
    return found;
}

// --- under the lock ---

// Counts the operation; the error it ends with, if it does.
std::optional<Error> FaultDisk::step(DiskOperation kind, const std::string& path) {
    if (!crashed_ && ++operations_ >= crash_at_) crashed_ = true;
    if (crashed_) return gone(path);
    if (kind == DiskOperation::kSync) ++syncs_;
    for (auto it = faults_.begin(); it != faults_.end(); ++it) {
        if (it->kind != kind || --it->left > 0) continue;
        const int error_number = it->error_number;
        faults_.erase(it);
        return disk_error(error_number, "injected fault in", path);
    }
    return std::nullopt;
}

Status FaultDisk::write(Content& content, const std::string& path, std::uint64_t offset,
                        std::string_view bytes) {
    const bool was_crashed = crashed_;
    if (auto error = step(DiskOperation::kWrite, path)) {
        // The write that was interrupted may have come through in part.
        const std::size_t part = choose_ ? bytes.size() : random_.below(bytes.size() + 1);
        if (!was_crashed) put(content, offset, bytes.substr(0, part));
        return *std::move(error);
    }
    const std::uint64_t others = used() - content.current.size();
    const std::uint64_t allowed = capacity_ - std::min(capacity_, others);
    if (offset + bytes.size() > std::max<std::uint64_t>(allowed, content.current.size())) {
        put(content, offset, bytes.substr(0, allowed - std::min(allowed, offset)));
        return disk_error(ENOSPC, "write", path);
    }
    put(content, offset, bytes);
    return {};
}

Status FaultDisk::sync(Content& content, const std::string& path) {
    if (auto error = step(DiskOperation::kSync, path)) {
        if (!crashed_) settle_sectors(content);  // `current` still shows what is lost
        return *std::move(error);
    }
    if (sync_lies_) return {};
    for (const SectorWrite& write : content.unsynced) {
        put_bytes(content.durable, write.sector * kSectorBytes, write.bytes);
    }
    content.unsynced.clear();
    return {};
}

void FaultDisk::put(Content& content, std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    put_bytes(content.current, offset, bytes);
    const std::uint64_t last = (offset + bytes.size() - 1) / kSectorBytes;
    for (std::uint64_t sector = offset / kSectorBytes; sector <= last; ++sector) {
        content.unsynced.push_back(
            {sector, content.current.substr(sector * kSectorBytes, kSectorBytes)});
    }
}

void FaultDisk::change_name(NameChange change) {
    apply_name(names_, change);
    unsynced_names_.push_back(std::move(change));
}

bool FaultDisk::has_folder(const std::string& path) const {
    if (path == "." || path == "/") return true;
    const auto it = names_.find(path);
    return it != names_.end() && it->second->is_folder;
}

// Decides, folder by folder, how far the unsynced changes have come.
void FaultDisk::settle_names() {
    std::map<std::string, std::vector<const NameChange*>> by_folder;
    for (const NameChange& change : unsynced_names_) by_folder[change.folder()].push_back(&change);
    for (const auto& [folder, changes] : by_folder) {
        const std::size_t ways = changes.size() + 1;
        const std::uint64_t kept = choose_ ? choose_(ways) : random_.below(ways);
        for (std::uint64_t i = 0; i < kept; ++i) apply_name(durable_names_, *changes[i]);
    }
    unsynced_names_.clear();
    names_.clear();
    // A folder comes before what is in it.
    for (const auto& [path, content] : durable_names_) {
        if (has_folder(parent_folder(path))) names_.emplace(path, content);
    }
    durable_names_ = names_;
}

// Decides, sector by sector, how far the unsynced writes have come.
void FaultDisk::settle_sectors(Content& content) {
    // Some crashes keep nearly all, some nearly nothing, most a mixture.
    const double keep = random_.chance(0.5) ? random_.uniform() : random_.below(2) * 0.98 + 0.01;
    std::map<std::uint64_t, std::vector<const SectorWrite*>> by_sector;
    for (const SectorWrite& write : content.unsynced) by_sector[write.sector].push_back(&write);
    for (const auto& [sector, writes] : by_sector) {
        std::size_t reached = choose_ ? choose_(writes.size() + 1) : 0;
        while (!choose_ && reached < writes.size() && random_.chance(keep)) ++reached;
        if (reached == 0) continue;
        put_bytes(content.durable, sector * kSectorBytes, writes[reached - 1]->bytes);
    }
    content.unsynced.clear();
    if (crashed_) content.current = content.durable;
}

std::uint64_t FaultDisk::used() const {
    std::uint64_t sum = 0;
    for (const auto& [path, content] : names_) sum += content->current.size();
    return sum;
}

}  // namespace volant::log
