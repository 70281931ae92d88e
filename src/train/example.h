// Example: one impression whose outcome is known, as a learner sees it; and a file of them, so that
// several passes need memory for one block only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "model/linear.h"

namespace volant::train {

struct Example {
    double label = 0;           // as the learner that follows the log sees it
    float baseline = 0;         // what the baseline expected, before it saw this outcome
    std::uint64_t cluster = 0;  // feedback::cluster_of(): examples of one hang together
    std::uint64_t answer = 0;   // place in the log: the items of one answer come one after another
    Micros at = 0;              // when it was asked
    std::vector<model::Term> terms;
};

// Written once, then read from the start as often as wanted. The file is deleted with the object.
// Threads: none of its own.
class ExampleFile {
  public:
    // A new file in `dir`. kUnavailable, kStorageFull.
    static Result<std::unique_ptr<ExampleFile>> create(const std::string& dir);
    ~ExampleFile();

    Status add(const Example& example);
    std::uint64_t count() const { return count_; }

    // Back to the first example; what was added so far can be read, more may be added later.
    Status rewind();
    // False at the end. `out`'s vector is reused.
    Result<bool> next(Example& out);

  private:
    ExampleFile(std::string path, int descriptor)
        : path_(std::move(path)), descriptor_(descriptor) {}
    Status flush();
    Result<bool> fill(std::size_t wanted);

    static constexpr std::size_t kBlock = 1u << 20;
    std::string path_;
    int descriptor_;
    std::string pending_;  // to be written
    std::string block_;    // read, from begin_ on not yet used
    std::size_t begin_ = 0;
    std::uint64_t read_at_ = 0;  // place in the file behind block_
    std::uint64_t written_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace volant::train
