// `volant serve`: runs a workspace until it is told to stop.
#pragma once

#include <string>

#include "api/service.h"
#include "cli/command.h"
#include "core/result.h"

namespace volant::cli {

Run declare_serve(Options& options);

// Returns when SIGINT or SIGTERM came and everything in flight is done. Errors: as Service::open()
// and listen(); kCancelled when the signal came while the log was read, which changes nothing;
// kUnavailable when the log or the state can no longer be trusted.
Status serve(const std::string& folder, const api::ListenOptions& options);

}  // namespace volant::cli
