// keys create, list, revoke: who may ask the server.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_keys_create(CLI::App& app);
Run declare_keys_list(CLI::App& app);
Run declare_keys_revoke(CLI::App& app);

}  // namespace volant::cli
