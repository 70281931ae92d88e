#include "deploy/explore.h"

#include <algorithm>
#include <numeric>

#include "core/exact_math.h"
#include "core/random.h"

namespace volant::deploy {
namespace {

bool better(std::span<const double> scores, std::uint32_t a, std::uint32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
}

// The first k indices in the order of better(); the rest follow in any order.
std::vector<std::uint32_t> best_first(std::span<const double> scores, std::size_t k) {
    std::vector<std::uint32_t> sorted(scores.size());
    std::iota(sorted.begin(), sorted.end(), 0u);
    std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(k), sorted.end(),
                      [&](std::uint32_t a, std::uint32_t b) { return better(scores, a, b); });
    return sorted;
}

// Indices that are left, with constant-time removal.
class Left {
  public:
    explicit Left(std::size_t n) : items_(n), place_(n) {
        std::iota(items_.begin(), items_.end(), 0u);
        std::iota(place_.begin(), place_.end(), 0u);
    }
    std::size_t size() const { return items_.size(); }
    std::uint32_t operator[](std::size_t i) const { return items_[i]; }
    bool has(std::uint32_t index) const { return place_[index] != kTaken; }
    void remove(std::uint32_t index) {
        const std::uint32_t place = place_[index];
        items_[place] = items_.back();
        place_[items_[place]] = place;
        items_.pop_back();
        place_[index] = kTaken;
    }

  private:
    static constexpr std::uint32_t kTaken = UINT32_MAX;
    std::vector<std::uint32_t> items_;
    std::vector<std::uint32_t> place_;
};

std::vector<Pick> greedy(std::span<const double> scores, std::size_t k) {
    std::vector<Pick> picks;
    picks.reserve(k);
    const auto sorted = best_first(scores, k);
    for (std::size_t i = 0; i < k; ++i) picks.push_back({sorted[i], 1});
    return picks;
}

std::vector<Pick> epsilon_greedy(std::span<const double> scores, std::size_t k, double epsilon,
                                 Random random) {
    std::vector<Pick> picks;
    picks.reserve(k);
    const auto sorted =
        best_first(scores, k);  // k are enough: each place takes at most one of them
    Left left(scores.size());
    std::size_t next = 0;
    while (picks.size() < k) {
        while (!left.has(sorted[next])) ++next;
        const std::uint32_t best = sorted[next];
        const double each = epsilon / static_cast<double>(left.size());
        const std::uint32_t index = random.chance(epsilon) ? left[random.below(left.size())] : best;
        picks.push_back({index, index == best ? 1 - epsilon + each : each});
        left.remove(index);
    }
    return picks;
}

// exp((score - best) / temperature) for each index that is left, 0 for the others; the best has
// weight 1.
std::vector<double> softmax_weights(std::span<const double> scores, const Left& left,
                                    double temperature) {
    double best = scores[left[0]];
    for (std::size_t i = 1; i < left.size(); ++i) best = std::max(best, scores[left[i]]);
    std::vector<double> weights(scores.size(), 0.0);
    for (std::size_t i = 0; i < left.size(); ++i) {
        weights[left[i]] = exact::exp((scores[left[i]] - best) / temperature);
    }
    return weights;
}

// The index at which the running sum of weights passes `draw`; the last positive one if rounding
// leaves none.
std::uint32_t draw_index(std::span<const double> weights, double draw) {
    std::uint32_t index = 0;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
        if (weights[i] <= 0) continue;
        index = i;
        draw -= weights[i];
        if (draw < 0) break;
    }
    return index;
}

std::vector<Pick> softmax(std::span<const double> scores, std::size_t k, double temperature,
                          Random random) {
    std::vector<Pick> picks;
    picks.reserve(k);
    Left left(scores.size());
    std::vector<double> weights = softmax_weights(scores, left, temperature);
    while (picks.size() < k) {
        double total = std::accumulate(weights.begin(), weights.end(), 0.0);
        if (total <
            1e-100) {  // the good ones are gone: weigh those that are left against each other
            weights = softmax_weights(scores, left, temperature);
            total = std::accumulate(weights.begin(), weights.end(), 0.0);
        }
        const std::uint32_t index = draw_index(weights, random.uniform() * total);
        picks.push_back({index, weights[index] / total});
        weights[index] = 0;
        left.remove(index);
    }
    return picks;
}

}  // namespace

std::vector<Pick> order(std::span<const double> scores, std::size_t k,
                        const spec::ExploreDecl& explore, std::uint64_t seed) {
    k = std::min(k, scores.size());
    if (k == 0) return {};
    if (explore.kind == spec::ExploreDecl::Kind::kSoftmax) {
        return softmax(scores, k, explore.temperature, Random(seed));
    }
    if (explore.epsilon <= 0) return greedy(scores, k);
    return epsilon_greedy(scores, k, explore.epsilon, Random(seed));
}

}  // namespace volant::deploy
