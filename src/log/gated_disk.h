// GatedDisk: a disk in memory whose syncs wait until the test lets them go.
#pragma once

#include <atomic>

#include "log/memory_disk.h"

namespace volant::log {

class GatedDisk : public MemoryDisk {
  public:
    Result<std::unique_ptr<File>> open(const std::string& path) override {
        VOLANT_TRY(auto file, MemoryDisk::open(path));
        return std::unique_ptr<File>(new GatedFile(*this, std::move(file)));
    }
    void close_gate() { open_ = false; }
    void open_gate() {
        open_ = true;
        open_.notify_all();
    }

  private:
    class GatedFile : public File {
      public:
        GatedFile(GatedDisk& disk, std::unique_ptr<File> file)
            : disk_(disk), file_(std::move(file)) {}
        Status write(std::uint64_t offset, std::string_view bytes) override {
            return file_->write(offset, bytes);
        }
        Status sync() override {
            disk_.open_.wait(false);
            return file_->sync();
        }
        Result<std::size_t> read(std::uint64_t offset, char* out, std::size_t size) const override {
            return file_->read(offset, out, size);
        }
        Result<std::uint64_t> size() const override { return file_->size(); }

      private:
        GatedDisk& disk_;
        const std::unique_ptr<File> file_;
    };
    std::atomic<bool> open_{true};
};

}  // namespace volant::log
