// Contract: what an outcome of a model means. Pure functions over spec::OutcomeDecl.
//
//   first  the first outcome counts; an answer about one thing closes with it
//   last   the last one within the window
//   sum    all are added (each feedback needs an id, so that a retry does not count twice)
//   max    the largest
// An answer closes at its deadline = prediction time + within; a ranking always does. What was
// shown and had no outcome gets `otherwise`; without one it is left out of training.
//
// A number beyond spec::kOutcomeMax is no outcome, wherever it comes from: feedback with it is
// refused, an event with it counts as one without the number.
#pragma once

#include <cmath>
#include <optional>

#include "spec/spec.h"

namespace volant::feedback {

inline bool is_outcome(double value) {
    return std::abs(value) <= spec::kOutcomeMax;  // NaN is none
}

// The running value after one more outcome.
std::optional<double> aggregate(spec::Aggregate how, std::optional<double> so_far, double outcome);

// True if an answer of this task is closed by its first outcome.
inline bool closes_at_first(const spec::ModelDecl& model) {
    return model.task != spec::Task::kRank && model.outcome.aggregate == spec::Aggregate::kFirst;
}

}  // namespace volant::feedback
