// log dump, verify, stat: the log's files themselves, beside a running server too.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_log_dump(CLI::App& app);
Run declare_log_verify(CLI::App& app);
Run declare_log_stat(CLI::App& app);

}  // namespace volant::cli
