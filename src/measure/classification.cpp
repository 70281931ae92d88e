#include "measure/classification.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/exact_math.h"
#include "core/result.h"
#include "measure/sum.h"

namespace volant::measure {
namespace {

constexpr double kProbabilityMin = 1e-15;

bool is_positive(double label) {
    return label > 0.5;
}

// Rows with one score, from the highest score down.
struct Tie {
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
};

struct Ties {
    std::vector<Tie> groups;
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
    bool both() const { return positives > 0 && negatives > 0; }
};

Ties ties_of(Numbers scores, Numbers labels) {
    VOLANT_CHECK(scores.size() == labels.size());
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    Ties ties;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i == 0 || scores[order[i]] != scores[order[i - 1]]) ties.groups.emplace_back();
        if (is_positive(labels[order[i]])) {
            ++ties.groups.back().positives;
            ++ties.positives;
        } else {
            ++ties.groups.back().negatives;
            ++ties.negatives;
        }
    }
    return ties;
}

struct Confusion {
    std::uint64_t true_positives = 0, false_positives = 0, true_negatives = 0, false_negatives = 0;
};

Confusion confusion_of(Numbers probabilities, Numbers labels, double threshold) {
    VOLANT_CHECK(probabilities.size() == labels.size());
    Confusion c;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const bool said = probabilities[i] >= threshold;
        if (is_positive(labels[i]))
            ++(said ? c.true_positives : c.false_negatives);
        else
            ++(said ? c.false_positives : c.true_negatives);
    }
    return c;
}

}  // namespace

std::optional<double> auc(Numbers scores, Numbers labels) {
    const Ties ties = ties_of(scores, labels);
    if (!ties.both()) return std::nullopt;
    // Twice the pairs won, so that half a pair is a whole number: below 2^64 up to 4e9 rows.
    std::uint64_t twice_won = 0;
    std::uint64_t positives_above = 0;
    for (const Tie& tie : ties.groups) {
        twice_won += tie.negatives * (2 * positives_above + tie.positives);
        positives_above += tie.positives;
    }
    return static_cast<double>(twice_won) / 2 /
           (static_cast<double>(ties.positives) * static_cast<double>(ties.negatives));
}

std::optional<double> gini(Numbers scores, Numbers labels) {
    const std::optional<double> area = auc(scores, labels);
    if (!area) return std::nullopt;
    return 2 * *area - 1;
}

std::optional<double> auc_pr(Numbers scores, Numbers labels) {
    const Ties ties = ties_of(scores, labels);
    if (ties.positives == 0) return std::nullopt;
    Sum sum;
    std::uint64_t hits = 0;
    std::uint64_t rows = 0;
    for (const Tie& tie : ties.groups) {
        hits += tie.positives;
        rows += tie.positives + tie.negatives;
        sum.add(static_cast<double>(tie.positives) *
                (static_cast<double>(hits) / static_cast<double>(rows)));
    }
    return sum.value() / static_cast<double>(ties.positives);
}

std::optional<double> ks(Numbers scores, Numbers labels) {
    const Ties ties = ties_of(scores, labels);
    if (!ties.both()) return std::nullopt;
    double largest = 0;
    std::uint64_t positives = 0;
    std::uint64_t negatives = 0;
    for (const Tie& tie : ties.groups) {
        positives += tie.positives;
        negatives += tie.negatives;
        const double distance =
            static_cast<double>(positives) / static_cast<double>(ties.positives) -
            static_cast<double>(negatives) / static_cast<double>(ties.negatives);
        largest = std::max(largest, std::fabs(distance));
    }
    return largest;
}

std::optional<double> log_loss(Numbers probabilities, Numbers labels) {
    VOLANT_CHECK(probabilities.size() == labels.size());
    if (labels.empty()) return std::nullopt;
    Sum sum;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double p = std::clamp(probabilities[i], kProbabilityMin, 1 - kProbabilityMin);
        const double y = std::clamp(labels[i], 0.0, 1.0);
        if (y != 0) sum.add(-y * exact::log(p));
        if (y != 1) sum.add(-(1 - y) * exact::log1p(-p));
    }
    return sum.value() / static_cast<double>(labels.size());
}

std::optional<double> brier(Numbers probabilities, Numbers labels) {
    VOLANT_CHECK(probabilities.size() == labels.size());
    if (labels.empty()) return std::nullopt;
    Sum sum;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double error = probabilities[i] - labels[i];
        sum.add(error * error);
    }
    return sum.value() / static_cast<double>(labels.size());
}

std::optional<double> accuracy(Numbers probabilities, Numbers labels, double threshold) {
    if (labels.empty()) return std::nullopt;
    const Confusion c = confusion_of(probabilities, labels, threshold);
    return static_cast<double>(c.true_positives + c.true_negatives) /
           static_cast<double>(labels.size());
}

std::optional<double> f1(Numbers probabilities, Numbers labels, double threshold) {
    if (labels.empty()) return std::nullopt;
    const Confusion c = confusion_of(probabilities, labels, threshold);
    const std::uint64_t denominator = 2 * c.true_positives + c.false_positives + c.false_negatives;
    if (denominator == 0) return 0;
    return 2 * static_cast<double>(c.true_positives) / static_cast<double>(denominator);
}

std::optional<double> ece(Numbers probabilities, Numbers labels, std::size_t bins) {
    VOLANT_CHECK(probabilities.size() == labels.size() && bins > 0);
    if (labels.empty()) return std::nullopt;
    std::vector<Sum> gaps(bins);  // of each bin: sum of p - y
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double p = std::clamp(probabilities[i], 0.0, 1.0);
        const auto bin = static_cast<std::size_t>(p * static_cast<double>(bins));
        gaps[std::min(bin, bins - 1)].add(p - labels[i]);
    }
    Sum sum;
    for (const Sum& gap : gaps) sum.add(std::fabs(gap.value()));
    return sum.value() / static_cast<double>(labels.size());
}

}  // namespace volant::measure
