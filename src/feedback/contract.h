// Contract: what an outcome of a model means. Pure functions over spec::OutcomeDecl.
//
//   first  the first outcome counts; an answer about one thing closes with it
//   last   the last one within the window
//   sum    all are added (each feedback needs an id, so that a retry does not count twice)
//   max    the largest
// An answer closes at its deadline = prediction time + within; a ranking always does. What was
// shown and had no outcome gets `otherwise`; without one it is left out of training.
#pragma once

#include <optional>

#include "spec/spec.h"

namespace volant::feedback {

// The running value after one more outcome.
std::optional<double> aggregate(spec::Aggregate how, std::optional<double> so_far, double outcome);

// True if an answer of this task is closed by its first outcome.
inline bool closes_at_first(const spec::ModelDecl& model) {
    return model.task != spec::Task::kRank && model.outcome.aggregate == spec::Aggregate::kFirst;
}

}  // namespace volant::feedback
