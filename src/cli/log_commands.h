// log dump, verify, stat: the log's files themselves, beside a running server too.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_log_dump(Options& options);
Run declare_log_verify(Options& options);
Run declare_log_stat(Options& options);

}  // namespace volant::cli
