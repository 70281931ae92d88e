// Small files for the tests of the importer.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace volant::collect {

class TempFile {
  public:
    explicit TempFile(std::string_view bytes, const std::string& name = "rows.csv")
        : path_(::testing::TempDir() + "/volant_" + std::to_string(++count_) + "_" +
                std::to_string(::getpid()) + "_" + name) {
        std::FILE* const file = std::fopen(path_.c_str(), "wb");
        std::fwrite(bytes.data(), 1, bytes.size(), file);
        std::fclose(file);
    }
    ~TempFile() { std::filesystem::remove(path_); }
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    const std::string& path() const { return path_; }

  private:
    static inline int count_ = 0;
    const std::string path_;
};

}  // namespace volant::collect
