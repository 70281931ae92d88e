// Intervals: an estimate and the bounds that hold the true value in `level` of repeated samples.
//
// nullopt where no interval exists (too few values). `level` lies in (0, 1), CHECKed. A mean over n
// independent values uses Student's t; rows of one subject are not independent:
// measure/cluster_sums.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace volant::measure {

struct Interval {
    double estimate = 0;
    double low = 0;
    double high = 0;
    double standard_error = 0;
};

// estimate +- t(df) standard errors.
Interval t_interval(double estimate, double standard_error, double df, double level);

// The mean of at least two independent values.
std::optional<Interval> mean_interval(std::span<const double> values, double level);

// A share (Wilson 1927): sensible at 0 and at 1. trials > 0, successes <= trials.
std::optional<Interval> wilson_interval(double successes, double trials, double level);

// Any statistic of n rows, by resampling rows with replacement (Efron 1979, percentiles).
// `statistic` gets n row numbers; nullopt from it leaves a resample out. The same seed gives the
// same interval. Costs `resamples` calls. Fewer than 20 usable resamples: nullopt.
using Statistic = std::function<std::optional<double>(std::span<const std::uint32_t> rows)>;
std::optional<Interval> bootstrap_interval(std::size_t rows, const Statistic& statistic,
                                           std::size_t resamples, double level, std::uint64_t seed);

// The same where rows come in clusters (subjects): whole clusters are drawn. clusters[n] names each
// row's.
std::optional<Interval> bootstrap_interval(std::span<const std::uint64_t> clusters,
                                           const Statistic& statistic, std::size_t resamples,
                                           double level, std::uint64_t seed);

}  // namespace volant::measure
