// Exploration: the order in which items are shown, and with what chance each stood where it stands.
//
// Propensities are sequential, as in a Plackett-Luce model: the chance of the item at place i given
// the items at places before it. Pure functions; all chance comes from the seed that is handed in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "spec/spec.h"

namespace volant::deploy {

struct Pick {
    std::uint32_t index = 0;  // into the scores
    double propensity = 1;
};

// The best `k` of `scores` (higher first, ties by index), with exploration:
//   epsilon: at each place, with chance epsilon, any of those left, each as likely
//   softmax: at each place, item i with chance exp(score_i / temperature) / sum over those left
// epsilon = 1 is a random order. O(n + k log k) and O(k n) for softmax.
std::vector<Pick> order(std::span<const double> scores, std::size_t k,
                        const spec::ExploreDecl& explore, std::uint64_t seed);

}  // namespace volant::deploy
