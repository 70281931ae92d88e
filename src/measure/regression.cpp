#include "measure/regression.h"

#include <cmath>

#include "core/result.h"
#include "measure/sum.h"

namespace volant::measure {
namespace {

double squared_error(std::span<const double> values, std::span<const double> labels) {
    VOLANT_CHECK(values.size() == labels.size());
    Sum sum;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double error = values[i] - labels[i];
        sum.add(error * error);
    }
    return sum.value();
}

}  // namespace

std::optional<double> rmse(std::span<const double> values, std::span<const double> labels) {
    if (labels.empty()) return std::nullopt;
    return std::sqrt(squared_error(values, labels) / static_cast<double>(labels.size()));
}

std::optional<double> mae(std::span<const double> values, std::span<const double> labels) {
    VOLANT_CHECK(values.size() == labels.size());
    if (labels.empty()) return std::nullopt;
    Sum sum;
    for (std::size_t i = 0; i < labels.size(); ++i) sum.add(std::fabs(values[i] - labels[i]));
    return sum.value() / static_cast<double>(labels.size());
}

std::optional<double> r2(std::span<const double> values, std::span<const double> labels) {
    if (labels.empty()) return std::nullopt;
    Sum total;
    for (const double label : labels) total.add(label);
    const double mean = total.value() / static_cast<double>(labels.size());
    Sum spread;
    for (const double label : labels) spread.add((label - mean) * (label - mean));
    if (spread.value() == 0) return std::nullopt;
    return 1 - squared_error(values, labels) / spread.value();
}

}  // namespace volant::measure
