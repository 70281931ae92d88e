#include "measure/ranking.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "core/exact_math.h"
#include "measure/sum.h"

namespace volant::measure {
namespace {

constexpr double kLn2 = 0x1.62e42fefa39efp-1;

double discounted_gain(std::span<const double> relevance, std::size_t k) {
    Sum sum;
    for (std::size_t i = 0; i < std::min(k, relevance.size()); ++i)
        sum.add(relevance[i] * kLn2 / exact::log(static_cast<double>(i) + 2));
    return sum.value();
}

std::size_t relevant_in(std::span<const double> relevance) {
    return static_cast<std::size_t>(
        std::ranges::count_if(relevance, [](double value) { return value > 0; }));
}

}  // namespace

std::optional<double> ndcg(std::span<const double> relevance, std::size_t k) {
    std::vector<double> best(relevance.begin(), relevance.end());
    std::ranges::sort(best, std::greater<>());
    const double ideal = discounted_gain(best, k);
    if (!(ideal > 0)) return std::nullopt;
    return discounted_gain(relevance, k) / ideal;
}

std::optional<double> recall(std::span<const double> relevance, std::size_t k,
                             std::size_t relevant_count) {
    const std::size_t all = relevant_count > 0 ? relevant_count : relevant_in(relevance);
    if (all == 0 || k == 0) return std::nullopt;
    const std::size_t found = relevant_in(relevance.first(std::min(k, relevance.size())));
    return static_cast<double>(found) / static_cast<double>(all);
}

std::optional<double> average_precision(std::span<const double> relevance, std::size_t k,
                                        std::size_t relevant_count) {
    const std::size_t all = relevant_count > 0 ? relevant_count : relevant_in(relevance);
    if (all == 0 || k == 0) return std::nullopt;
    Sum sum;
    std::size_t hits = 0;
    for (std::size_t i = 0; i < std::min(k, relevance.size()); ++i) {
        if (!(relevance[i] > 0)) continue;
        ++hits;
        sum.add(static_cast<double>(hits) / static_cast<double>(i + 1));
    }
    return sum.value() / static_cast<double>(std::min(k, all));
}

}  // namespace volant::measure
