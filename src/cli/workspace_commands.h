// Commands about a workspace's folder: `volant new`, and where the workspace is.
#pragma once

#include <string>

#include "core/result.h"

namespace volant::cli {

// With empty arguments: lists the templates on stdout. Errors: kNotFound (no such template),
// kConflict (the folder has a volant.yaml), kUnavailable.
Status new_workspace(const std::string& template_name, const std::string& folder);

// `folder` if given, else the nearest folder upwards with a volant.yaml. kNoWorkspace.
Result<std::string> find_workspace(const std::string& folder);

}  // namespace volant::cli
