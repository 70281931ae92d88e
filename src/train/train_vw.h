// Trains a linear model from a file of Vowpal Wabbit text: how bench/linear and the tests compare
// with Vowpal Wabbit itself. (`volant import` reads the same text as events.)
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "model/linear.h"
#include "spec/spec.h"

namespace volant::train {

struct VwReport {
    std::uint64_t examples = 0;    // learned from, over all passes
    std::uint64_t unlabelled = 0;  // read and skipped
    std::uint64_t terms = 0;
    double weight = 0;  // of the examples learned from
    double loss = 0;    // the loss before each update, over `weight`: progressive validation
};

struct VwTraining {
    std::unique_ptr<model::LinearModel> model;
    VwReport report;
};

// Called after each block of 64 KiB with the bytes read of all passes and their total; false
// cancels.
using VwProgress = std::function<bool(std::uint64_t bytes_read, std::uint64_t bytes_total)>;

// Reads `path` `learner.passes` times in constant memory. With the logistic loss a label of -1 is
// 0; one outside [0, 1] is refused, and so is a negative one with Poisson. Errors: kUnavailable
// (the file), kWrongType and kOutOfRange (a line, by number), kCancelled.
Result<VwTraining> train_vw_file(const std::string& path, const spec::LearnerDecl& learner,
                                 const VwProgress& progress = {});

// The label of the learner's loss for a label in the file.
Result<float> vw_label(float label, spec::Loss loss);

}  // namespace volant::train
