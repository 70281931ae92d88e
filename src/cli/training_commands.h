// train, evaluate, promote, rollback: a model's versions.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_train(Options& options);
Run declare_evaluate(Options& options);
Run declare_promote(Options& options);
Run declare_rollback(Options& options);

}  // namespace volant::cli
