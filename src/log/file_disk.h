// The Disk of the operating system's files.
#pragma once

#include "log/disk.h"

namespace volant::log {

class FileDisk : public Disk {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path) override;
    Result<std::unique_ptr<File>> open_read_only(const std::string& path) const override;
    Result<std::unique_ptr<File>> create(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status remove(const std::string& path) override;
    Status make_folder(const std::string& path) override;
    Status sync_folder(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) const override;
};

// What errno says about `operation` on `path`, as the Error that Disk promises.
Error disk_error(int error_number, std::string_view operation, std::string_view path);

}  // namespace volant::log
