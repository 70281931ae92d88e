// A Disk in memory, for tests and throw-away logs. Everything is durable at once.
//
// Pages that were only ever filled with zeros take no memory, so a 64 MiB segment costs what is
// written to it.
#pragma once

#include <map>
#include <mutex>

#include "log/disk.h"

namespace volant::log {

class MemoryDisk : public Disk {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<std::unique_ptr<File>> open_read_only(const std::string& path) const override;
    Result<std::unique_ptr<File>> create(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status remove(const std::string& path) override;
    Status make_folder(const std::string& path) override;
    Status sync_folder(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) const override;

    class Pages;  // one file's content

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Pages>> files_;  // guarded by mutex_
};

}  // namespace volant::log
