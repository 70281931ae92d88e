// `volant backup` and `volant restore`: a workspace as one file.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_backup(CLI::App& app);
Run declare_restore(CLI::App& app);

}  // namespace volant::cli
