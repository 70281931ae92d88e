// train, evaluate, promote, rollback: a model's versions.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_train(CLI::App& app);
Run declare_evaluate(CLI::App& app);
Run declare_promote(CLI::App& app);
Run declare_rollback(CLI::App& app);

}  // namespace volant::cli
