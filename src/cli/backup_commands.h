// `volant backup` and `volant restore`: a workspace as one file.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_backup(Options& options);
Run declare_restore(Options& options);

}  // namespace volant::cli
