// How far predicted numbers are from the true ones. values[n] and labels[n] belong together
// (CHECKed); nullopt without rows, and for r2 when the labels do not vary.
#pragma once

#include <optional>
#include <span>

namespace volant::measure {

// Square root of the mean squared error.
std::optional<double> rmse(std::span<const double> values, std::span<const double> labels);
// Mean absolute error.
std::optional<double> mae(std::span<const double> values, std::span<const double> labels);
// 1 - squared error / squared error of the labels' own mean. Can be negative.
std::optional<double> r2(std::span<const double> values, std::span<const double> labels);

}  // namespace volant::measure
