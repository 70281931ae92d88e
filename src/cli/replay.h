// `volant replay --verify`: proves what was served.
#pragma once

#include "cli/command.h"

namespace volant::cli {

// Reads the files alone, so it may run beside the server. Exit code 1 when a prediction did not
// come out as it was logged.
Run declare_replay(Options& options);

}  // namespace volant::cli
