#include "measure/interval.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "core/result.h"
#include "measure/distributions.h"
#include "measure/sum.h"

namespace volant::measure {
namespace {

constexpr std::size_t kResamplesMin = 20;

double upper_point(double level) {
    VOLANT_CHECK(level > 0 && level < 1);
    return 1 - (1 - level) / 2;
}

// Linear between order statistics, as numpy.quantile does.
double quantile_of(const std::vector<double>& sorted, double p) {
    const double place = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

using Draw = std::function<void(Random&, std::vector<std::uint32_t>&)>;

std::optional<Interval> resampled(std::size_t rows, const Draw& draw, const Statistic& statistic,
                                  std::size_t resamples, double level, std::uint64_t seed) {
    const double upper = upper_point(level);
    std::vector<std::uint32_t> drawn(rows);
    std::iota(drawn.begin(), drawn.end(), 0u);
    const std::optional<double> estimate = statistic(drawn);
    if (!estimate) return std::nullopt;
    Random random(seed);
    std::vector<double> values;
    for (std::size_t i = 0; i < resamples; ++i) {
        drawn.clear();
        draw(random, drawn);
        if (const auto value = statistic(drawn)) values.push_back(*value);
    }
    if (values.size() < kResamplesMin) return std::nullopt;
    Sum sum;
    for (const double value : values) sum.add(value);
    const double mean = sum.value() / static_cast<double>(values.size());
    Sum squares;
    for (const double value : values) squares.add((value - mean) * (value - mean));
    std::ranges::sort(values);
    return Interval{*estimate, quantile_of(values, 1 - upper), quantile_of(values, upper),
                    std::sqrt(squares.value() / static_cast<double>(values.size() - 1))};
}

}  // namespace

Interval t_interval(double estimate, double standard_error, double df, double level) {
    const double reach = t_quantile(upper_point(level), df) * standard_error;
    return {estimate, estimate - reach, estimate + reach, standard_error};
}

std::optional<Interval> mean_interval(std::span<const double> values, double level) {
    if (values.size() < 2) return std::nullopt;
    const auto n = static_cast<double>(values.size());
    Sum sum;
    for (const double value : values) sum.add(value);
    const double mean = sum.value() / n;
    Sum squares;
    for (const double value : values) squares.add((value - mean) * (value - mean));
    return t_interval(mean, std::sqrt(squares.value() / (n - 1) / n), n - 1, level);
}

std::optional<Interval> wilson_interval(double successes, double trials, double level) {
    const double z = normal_quantile(upper_point(level));
    if (!(trials > 0) || successes < 0 || successes > trials) return std::nullopt;
    const double share = successes / trials;
    const double widened = 1 + z * z / trials;
    const double middle = (share + z * z / (2 * trials)) / widened;
    const double spread = share * (1 - share) / trials;
    const double reach = z / widened * std::sqrt(spread + z * z / (4 * trials * trials));
    const double low = successes == 0 ? 0 : std::max(middle - reach, 0.0);
    const double high = successes == trials ? 1 : std::min(middle + reach, 1.0);
    return Interval{share, low, high, std::sqrt(spread)};
}

std::optional<Interval> bootstrap_interval(std::size_t rows, const Statistic& statistic,
                                           std::size_t resamples, double level,
                                           std::uint64_t seed) {
    if (rows == 0) return std::nullopt;
    const Draw draw = [rows](Random& random, std::vector<std::uint32_t>& drawn) {
        for (std::size_t i = 0; i < rows; ++i)
            drawn.push_back(static_cast<std::uint32_t>(random.below(rows)));
    };
    return resampled(rows, draw, statistic, resamples, level, seed);
}

std::optional<Interval> bootstrap_interval(std::span<const std::uint64_t> clusters,
                                           const Statistic& statistic, std::size_t resamples,
                                           double level, std::uint64_t seed) {
    if (clusters.empty()) return std::nullopt;
    std::vector<std::uint32_t> order(clusters.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::stable_sort(order, {}, [&](std::uint32_t row) { return clusters[row]; });
    std::vector<std::size_t> begins;
    for (std::size_t i = 0; i < order.size(); ++i)
        if (i == 0 || clusters[order[i]] != clusters[order[i - 1]]) begins.push_back(i);
    begins.push_back(order.size());
    const Draw draw = [&](Random& random, std::vector<std::uint32_t>& drawn) {
        for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
            const std::size_t cluster = random.below(begins.size() - 1);
            drawn.insert(drawn.end(), order.begin() + static_cast<std::ptrdiff_t>(begins[cluster]),
                         order.begin() + static_cast<std::ptrdiff_t>(begins[cluster + 1]));
        }
    };
    return resampled(clusters.size(), draw, statistic, resamples, level, seed);
}

}  // namespace volant::measure
