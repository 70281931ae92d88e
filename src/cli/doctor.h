// `volant doctor`: what is wrong with a machine or a workspace, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"

namespace volant::cli {

// Exit code 1 when a check failed; warnings alone are 0.
Run declare_doctor(Options& options);

struct Check {
    enum class State : std::uint8_t { kOk, kWarning, kFailed };
    std::string name;  // "disk space"
    State state = State::kOk;
    std::string found;
    std::string advice;  // what to do; "" when it is well
};

// Of the machine alone.
std::vector<Check> check_machine();
// Of a workspace: its volant.yaml, its data, the disk below, its port. Reads only, except for a
// small file in data/tmp that measures how long a sync takes.
std::vector<Check> check_workspace(const std::string& folder);

}  // namespace volant::cli
