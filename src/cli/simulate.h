// `volant simulate`: plays a town of readers against a running server, through its public HTTP API
// only, and shows the wheel turn.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/simulation/simulation.h"
#include "core/result.h"

namespace volant::cli {

struct SimulateOptions {
    simulation::SimulationOptions town;
    simulation::ShopOptions shop;
    std::string url;  // "http://127.0.0.1:7700"; "" = what `shop` says
    std::string tastes = "hidden";
    double minutes = 0;  // wall time after which the run ends; 0 = when the last day is over
    double visits_per_second = 0;  // 0 = as fast as the server answers
    bool forever = false;          // days without end
    bool json = false;
};

Run declare_simulate(Options& options);

// 0 when the run itself worked, whatever it showed; 130 when it was interrupted (the summary is
// shown then too). Errors: kUnavailable (no server, or one that refused a request).
Result<int> simulate(SimulateOptions options);

}  // namespace volant::cli
