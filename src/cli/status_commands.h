// status, models, jobs, decisions: what happens in a workspace.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_status(CLI::App& app);
Run declare_models(CLI::App& app);
Run declare_jobs(CLI::App& app);
Run declare_decisions(CLI::App& app);

}  // namespace volant::cli
