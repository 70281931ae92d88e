// View: the simulation on a terminal: the turning wheel while it runs, and the summary at its end.
#pragma once

#include <string>
#include <vector>

#include "cli/json_tree.h"
#include "cli/simulation/simulation.h"
#include "cli/simulation/wheel_figures.h"
#include "cli/terminal.h"
#include "core/json_writer.h"

namespace volant::cli::simulation {

struct Moment {
    Micros elapsed = 0;  // of wall time
    Micros budget = 0;   // 0 = none
    double events_per_second = 0;
};

// The whole screen, some twenty lines.
std::vector<std::string> screen(const Simulation& simulation, const WheelFigures& wheel,
                                const Moment& moment, const Terminal& terminal);
// The same in one line, for logs.
std::string plain_line(const Simulation& simulation, const WheelFigures& wheel,
                       const Moment& moment);

// What the run showed: the lift of learned over popularity, and what each turn added.
std::vector<std::string> summary(const Simulation& simulation, const WheelFigures& wheel,
                                 const Moment& moment, const Terminal& terminal);
void write_summary(const Simulation& simulation, const WheelFigures& wheel, const Moment& moment,
                   json::Writer& out);

}  // namespace volant::cli::simulation
