// FaultDisk: a disk in memory that breaks as disks do, for tests of whatever stands on Disk.
//
// The model: a file's content is sectors of 512 bytes. A write is seen by later reads at once, but
// until the file is synced each sector may, at a crash, be as it was before, or as after any of the
// writes to it, independently of the others. The names in a folder change in order, but until it is
// synced a crash keeps only a random prefix of the changes; with a folder's own name goes all that
// is in it. After a failed sync the system forgets what it owed: some sectors are durable, the
// others never will be, and a later sync succeeds all the same.
//
// Everything is decided by the seed and the order of operations; or by the test, which can so have
// every outcome in turn. Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/files.h"
#include "core/random.h"
#include "log/disk.h"

namespace volant::log {

enum class DiskOperation { kWrite, kSync, kCreate, kRename, kRemove, kMakeFolder, kSyncFolder };

class FaultDisk : public Disk {
  public:
    explicit FaultDisk(std::uint64_t seed) : random_(seed) {}
    // Asked wherever chance would decide how far a sector or a folder has come: a number below
    // `ways`. The write that a crash interrupts is then a whole one, of sectors that are kept or
    // lost.
    using Choose = std::function<std::size_t(std::size_t ways)>;
    explicit FaultDisk(Choose choose) : choose_(std::move(choose)), random_(0) {}

    // The machine stops in the `operations_from_now`th changing operation: it and all later ones
    // fail, and have happened no further than a crash allows.
    void crash_after(std::uint64_t operations_from_now);
    bool crashed() const;
    // The machine starts again: what was not synced is decided, and open files are gone.
    void restart();

    // The `nth` operation of that kind from now (1 = the next) fails with this errno.
    void fail(DiskOperation kind, std::uint64_t nth, int error_number);
    // Sum of all files' sizes; growing beyond it is ENOSPC.
    void set_capacity(std::uint64_t bytes);
    // sync() says yes and does nothing: to show that a test would notice.
    void set_sync_lies(bool lies);
    // Changes one byte for good, as a bad sector or a stray write does.
    void corrupt(const std::string& path, std::uint64_t offset);

    std::uint64_t operations() const;  // that change something
    std::uint64_t syncs() const;

    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<std::unique_ptr<File>> open_read_only(const std::string& path) const override;
    Result<std::unique_ptr<File>> create(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status remove(const std::string& path) override;
    Status make_folder(const std::string& path) override;
    Status sync_folder(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) const override;

  private:
    class OpenFile;
    struct SectorWrite {
        std::uint64_t sector;
        std::string bytes;  // up to a sector; shorter at the end of the file
    };
    struct Content {
        bool is_folder = false;  // then it holds nothing: what is in it has its own name
        std::string current;     // what a read sees
        std::string durable;
        std::vector<SectorWrite> unsynced;  // in order
    };
    using Names = std::map<std::string, std::shared_ptr<Content>>;
    struct NameChange {
        std::string from;  // "" = created
        std::string to;    // "" = removed, else in the same folder
        std::shared_ptr<Content> content;
        std::string folder() const { return parent_folder(to.empty() ? from : to); }
    };

    // All below under mutex_.
    std::optional<Error> step(DiskOperation kind, const std::string& path);
    Status write(Content& content, const std::string& path, std::uint64_t offset,
                 std::string_view bytes);
    Status sync(Content& content, const std::string& path);
    void put(Content& content, std::uint64_t offset, std::string_view bytes);
    void change_name(NameChange change);
    bool has_folder(const std::string& path) const;
    void settle_sectors(Content& content);
    void settle_names();
    std::uint64_t used() const;

    const Choose choose_;  // empty: random_ decides

    mutable std::mutex mutex_;
    Random random_;
    Names names_;
    Names durable_names_;
    std::vector<NameChange> unsynced_names_;
    struct Fault {
        DiskOperation kind;
        std::uint64_t left;
        int error_number;
    };
    std::vector<Fault> faults_;
    std::uint64_t capacity_ = UINT64_MAX;
    std::uint64_t operations_ = 0;
    std::uint64_t syncs_ = 0;
    std::uint64_t crash_at_ = UINT64_MAX;
    bool crashed_ = false;
    bool sync_lies_ = false;
    std::uint64_t start_ = 0;  // rises with restart(): files opened before are gone
};

}  // namespace volant::log
