// Simulation: the town visits the shop, in the order of simulated time.
//
// Time goes in windows of a few minutes. In each, first what readers did until its end is sent
// (opens, reads, finishes, and direct feedback from some), then everybody who comes in the window
// asks for a ranking and decides what to open; that is sent in later windows. All requests of a
// window carry its end as their time, so that the clock never goes back, whatever the number of
// connections.
//
// Everything that readers do follows from the seed and from the rankings that the server gave.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "cli/simulation/behaviour.h"
#include "cli/simulation/population.h"
#include "cli/simulation/scoreboard.h"
#include "cli/simulation/shop.h"

namespace volant::cli::simulation {

struct SimulationOptions {
    PopulationOptions population;
    std::string model = "open_book";
    std::uint32_t shown = 10;  // books in a ranking
    std::uint32_t days = 14;   // simulated; 0 = without end
    Micros start = 0;          // a midnight; 0 = after the server's clock, or 2026-03-02
};

struct SimulationCounts {
    std::uint64_t visits = 0;
    std::uint64_t events = 0;
    std::uint64_t opens = 0;
    std::uint64_t feedbacks = 0;  // sent by prediction id, besides the event
};

class Simulation {
  public:
    // `shop` outlives the simulation.
    Simulation(const SimulationOptions& options, Shop& shop);

    // Asks the server for its clock, then sends the catalogue, the readers and who is whose friend.
    Status prepare();
    // Plays one window. False when the last day is over and all that readers did has been sent.
    Result<bool> step();

    const SimulationOptions& options() const { return options_; }
    const Population& population() const { return population_; }
    const Scoreboard& board() const { return board_; }
    const SimulationCounts& counts() const { return counts_; }
    Micros now() const { return shop_.now(); }
    Micros start() const { return start_; }

  private:
    // Something that a reader will have done at `time`: a line for /v1/events, and perhaps one for
    // /v1/feedback.
    struct Pending {
        Micros time;
        std::uint64_t number;  // ties go by order of making
        std::string event;
        std::string feedback;
        bool operator<(const Pending& other) const {  // the earliest on top of the queue
            return time != other.time ? time > other.time : number > other.number;
        }
    };

    Micros next_time();
    Status send_due(Micros until);
    Status visit(std::vector<Visit> visits);
    Status answered(const Visit& visit, std::string_view answer);
    void plan(const Visit& visit, const std::vector<Action>& actions,
              std::string_view prediction_id);
    Status send_events(const std::vector<std::string>& events);
    bool days_over() const;

    SimulationOptions options_;
    Population population_;
    Shop& shop_;
    Scoreboard board_;
    SimulationCounts counts_;
    Micros start_ = 0;
    Micros midnight_ = 0;  // of the day whose visits are in today_
    std::vector<Visit> today_;
    std::size_t next_visit_ = 0;
    std::priority_queue<Pending> pending_;
    std::uint64_t pending_number_ = 0;
};

}  // namespace volant::cli::simulation
