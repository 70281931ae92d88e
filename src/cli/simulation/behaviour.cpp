#include "cli/simulation/behaviour.h"

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace volant::cli::simulation {
namespace {

constexpr double kLookSeconds = 6;      // spent on each position, on average
constexpr double kReadChance = 0.75;    // of what is opened
constexpr double kFinishChance = 0.25;  // of what is read
constexpr double kReadMinutesMedian = 6;
constexpr double kReadSpread = 0.8;  // of the logarithm

Micros seconds(double s) {
    return static_cast<Micros>(s * static_cast<double>(kSecond));
}

}  // namespace

std::vector<Action> behave(const Population& population, const Visit& visit,
                           std::span<const std::uint32_t> ranking) {
    Random random(visit.seed);
    std::vector<Action> actions;
    Micros time = visit.time;
    for (std::size_t i = 0; i < ranking.size(); ++i) {
        time += kSecond + seconds(random.exponential(kLookSeconds));
        if (!random.chance(Population::examination(i))) continue;
        if (!random.chance(population.appeal(visit.reader, ranking[i], visit.time))) continue;
        actions.push_back({Deed::kOpen, time, ranking[i], i, 0});
        if (!random.chance(kReadChance)) continue;
        const double minutes = kReadMinutesMedian * std::exp(kReadSpread * random.normal());
        const Micros read = time + seconds(60 * minutes);
        actions.push_back(
            {Deed::kRead, read, ranking[i], i, static_cast<std::int64_t>(minutes * 60'000)});
        if (random.chance(kFinishChance)) {
            actions.push_back(
                {Deed::kFinish, read + seconds(random.exponential(600)), ranking[i], i, 0});
        }
    }
    std::stable_sort(actions.begin(), actions.end(),
                     [](const Action& a, const Action& b) { return a.time < b.time; });
    return actions;
}

}  // namespace volant::cli::simulation
