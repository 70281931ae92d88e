// WheelFigures: what the server says about its own wheel, picked from /v1/status,
// /v1/models/{model} and /v1/decisions for the live view. What an answer does not say stays at zero
// or empty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/json_tree.h"

namespace volant::cli::simulation {

struct VersionFigures {
    std::int64_t version = 0;
    std::string state;         // as the registry names it: "candidate", "live", ...
    double loss = 0;           // offline, on what was held out
    double baseline_loss = 0;  // of the baseline, on the same rows
    bool has_loss = false;
};

struct DecisionFigures {
    std::string time;
    std::string kind;  // as the registry names it: "promote", "rollback", ...
    std::int64_t version = 0;
    std::string why;
    std::string numbers;  // the figure that decided, with its interval, or ""
};

struct WheelFigures {
    double events = 0;
    double predictions = 0;
    double open = 0;  // predictions that wait for their outcome
    double closed = 0;
    double joined = 0;   // outcomes by event
    double given = 0;    // outcomes by prediction id
    double updates = 0;  // online
    std::int64_t live_version = 0;
    std::int64_t candidate = 0;  // in the gate; 0 = none
    double gate_outcomes = 0;    // that the candidate has been judged on, of gate_wanted
    double gate_wanted = 0;
    bool training = false;
    double training_progress = 0;            // 0 to 1
    std::vector<VersionFigures> versions;    // oldest first
    std::vector<DecisionFigures> decisions;  // newest first
};

WheelFigures read_wheel(const JsonTree& status, const JsonTree& model, const JsonTree& decisions);

}  // namespace volant::cli::simulation
