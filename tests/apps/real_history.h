// RealHistory: an app's model, learned from the real files as `volant import` and `volant train`
// do it, but without a workspace: the importer's drafts become records, History makes examples of
// them, and train_linear() learns. Several models learn from one reading of the files.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "spec/spec.h"
#include "train/linear_job.h"

namespace volant::apps {

// One `volant import`.
struct Import {
    std::string file;
    std::string event;
    std::string map;
    bool header = true;
};

struct Learned {
    std::string model;
    train::Trained trained;
    // The score's value; NaN if there is none of that name.
    double score(std::string_view name) const;
    double baseline(std::string_view name) const;
};

struct Run {
    std::uint64_t rows = 0, accepted = 0;  // of all imports
    std::vector<Learned> models;           // in the order of the specification
};

// `spec` with one more model: a copy of `model`, named `name`, that has the features in `features`
// alone, and no interactions.
void add_reduced_model(spec::Spec& spec, std::string_view model, const std::string& name,
                       const std::vector<std::string>& features);

Result<Run> learn_from_files(const spec::Spec& spec, const std::vector<Import>& imports);

}  // namespace volant::apps
