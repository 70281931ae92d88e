// StatusView: the wheel as lines of text, from the answers of /v1/status and its kin.
#pragma once

#include <string>
#include <vector>

#include "cli/json_tree.h"
#include "cli/terminal.h"

namespace volant::cli {

// The whole wheel: a line a stage, then models, arms, trainings and decisions. `where` says who
// answered.
std::vector<std::string> status_lines(const JsonTree& status, const std::string& where,
                                      const Terminal& terminal);

std::vector<std::string> model_lines(const std::vector<JsonTree>& models, const Terminal& terminal);
// What is wrong with the packages of versions, a line each; none mostly.
std::vector<std::string> damage_lines(const std::vector<JsonTree>& models,
                                      const Terminal& terminal);
std::vector<std::string> version_lines(const JsonTree& model, const Terminal& terminal);
std::vector<std::string> job_lines(const std::vector<JsonTree>& jobs, const Terminal& terminal);
std::vector<std::string> decision_lines(const std::vector<JsonTree>& decisions,
                                        const Terminal& terminal);

}  // namespace volant::cli
