// Behaviour: what a reader does with the books that were shown in one visit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cli/simulation/population.h"

namespace volant::cli::simulation {

enum class Deed : std::uint8_t { kOpen, kRead, kFinish };

struct Action {
    Deed deed = Deed::kOpen;
    Micros time = 0;  // after the visit's time
    std::uint32_t book = 0;
    std::size_t position = 0;
    std::int64_t read_ms = 0;  // of kRead
};

// The actions of `visit` when `ranking` (indices of books, best first) is shown, in order of time.
// Opens come within minutes; what is opened may be read, what is read may be finished. Decided by
// the visit's seed alone: the same visit and ranking give the same actions.
std::vector<Action> behave(const Population& population, const Visit& visit,
                           std::span<const std::uint32_t> ranking);

}  // namespace volant::cli::simulation
