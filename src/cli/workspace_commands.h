// Commands about a workspace's folder: `volant new`, `volant validate`, and where the workspace is.
#pragma once

#include <cstddef>
#include <string>

#include "cli/command.h"
#include "core/result.h"
#include "spec/spec.h"

namespace volant::cli {

inline constexpr std::size_t kSpecBytesMax = 1u << 20;

Run declare_new(Options& options);
Run declare_validate(Options& options);

// With empty arguments: lists the templates on stdout. Errors: kUsage (no such template, no
// folder), kConflict (the folder has a volant.yaml), kUnavailable.
Status new_workspace(const std::string& template_name, const std::string& folder, bool as_json);

// `folder` if given, else the nearest folder upwards with a volant.yaml. kNoWorkspace.
Result<std::string> find_workspace(const std::string& folder);
// The volant.yaml of a workspace, as parse_spec(). A running server may still serve an older one.
Result<spec::Spec> read_spec(const std::string& folder);

}  // namespace volant::cli
