// status, models, jobs, decisions: what happens in a workspace.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_status(Options& options);
Run declare_models(Options& options);
Run declare_jobs(Options& options);
Run declare_decisions(Options& options);

}  // namespace volant::cli
