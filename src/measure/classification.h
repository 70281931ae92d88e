// How good scores are at telling two classes apart, and probabilities at being true.
//
// scores[n], probabilities[n] (in [0,1]) and labels[n] belong together; sizes are CHECKed. A label
// above 0.5 is positive; log loss cuts it to [0, 1], Brier takes it as it is. nullopt where the
// number does not exist: no rows, or a class that is missing. Results do not depend on the order of
// rows but for the rounding of sums.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace volant::measure {

using Numbers = std::span<const double>;

// P(score of a positive > score of a negative) + half of the ties: exact, counted in integers.
std::optional<double> auc(Numbers scores, Numbers labels);
// 2 auc - 1.
std::optional<double> gini(Numbers scores, Numbers labels);
// Average precision: sum over thresholds of (recall gained) * precision; tied scores are one
// threshold.
std::optional<double> auc_pr(Numbers scores, Numbers labels);
// Kolmogorov-Smirnov: the largest distance between the two classes' distributions of scores.
std::optional<double> ks(Numbers scores, Numbers labels);

// In nats, probabilities cut to [1e-15, 1 - 1e-15].
std::optional<double> log_loss(Numbers probabilities, Numbers labels);
// Mean of (p - y)^2.
std::optional<double> brier(Numbers probabilities, Numbers labels);
// Share of rows with (p >= threshold) == label.
std::optional<double> accuracy(Numbers probabilities, Numbers labels, double threshold = 0.5);
// 2 tp / (2 tp + fp + fn); 0 when there is nothing positive at all.
std::optional<double> f1(Numbers probabilities, Numbers labels, double threshold = 0.5);
// Expected calibration error over equal-width bins of p: sum of share * |mean p - mean y|.
std::optional<double> ece(Numbers probabilities, Numbers labels, std::size_t bins = 10);

}  // namespace volant::measure
