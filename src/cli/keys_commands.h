// keys create, list, revoke: who may ask the server.
#pragma once

#include "cli/command.h"

namespace volant::cli {

Run declare_keys_create(Options& options);
Run declare_keys_list(Options& options);
Run declare_keys_revoke(Options& options);

}  // namespace volant::cli
