// What a start under a changed specification would come to, without starting: for `volant
// validate`.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "spec/spec.h"

namespace volant::api {

// What an operator should know before; empty when nothing of it is remarkable. Reads the
// workspace's snapshots, and only where the log's beginning is gone. Errors: kInvalidSpec (the
// change asks for what is gone), kCorrupt.
Result<std::vector<std::string>> preview_change(const std::string& folder, const spec::Spec& spec);

}  // namespace volant::api
