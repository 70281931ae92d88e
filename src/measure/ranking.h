// How good one ranking is. relevance[n] are the items' outcomes in the order they were ranked, 0 or
// more; what is above 0 is relevant. nullopt when nothing is relevant or k is 0. The score of many
// rankings is the mean of those that exist.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace volant::measure {

// Discounted gain of the first k, sum of relevance / log2(place + 1), over that of the best order.
std::optional<double> ndcg(std::span<const double> relevance, std::size_t k);
// Relevant items among the first k, over all relevant ones. `relevant_count` counts those that were
// not ranked too; 0 means those in `relevance`.
std::optional<double> recall(std::span<const double> relevance, std::size_t k,
                             std::size_t relevant_count = 0);
// Average precision of the first k: the mean, over the min(k, relevant) best places, of precision
// at each hit.
std::optional<double> average_precision(std::span<const double> relevance, std::size_t k,
                                        std::size_t relevant_count = 0);

}  // namespace volant::measure
