// SpecChange: what a new specification means for state that was folded under an older one.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "spec/spec.h"

namespace volant::optimize {

// True if the folds of both hold the same after the same log: they differ in nothing but names of
// the workspace, the server's settings, what a model does with its answers (explore, holdback,
// retrain), and the like.
bool same_folds(const spec::Spec& a, const spec::Spec& b);

// For each model of `now` the index of the one of that name in `before`, or -1.
std::vector<int> models_before(const spec::Spec& before, const spec::Spec& now);

// kInvalidSpec for another subject, and for a model that asks another question under the same name:
// its versions and open answers are worth nothing then.
Status check_change(const spec::Spec& before, const spec::Spec& now);

}  // namespace volant::optimize
