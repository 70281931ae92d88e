// ClusterSums: the mean of a figure over impressions, with an interval that is honest when one
// subject brings many impressions (they are alike, so they count for less than as many subjects).
//
// The mean is the ratio sum(y) / sum(n) over clusters; its variance is the linearised
// (delta-method, "sandwich") one: sum over clusters of (y_c - mean n_c)^2 / (sum n)^2 * C / (C - 1)
// (Cochran, Sampling Techniques, 1977, 6.4; Deng et al. 2018 use it for click rates). Kept up to
// date in constant time by keeping sums of y^2, y n and n^2 over clusters.
//
// Bounded: past `clusters_max` clusters new ones share buckets by hash, which only widens the
// interval's idea of who is alike. Threads: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/bytes.h"

namespace volant::measure {

struct Estimate {
    double mean = 0;
    double low = 0;  // of the interval with the asked confidence
    double high = 0;
    double standard_error = 0;
    double count = 0;  // impressions
    double clusters = 0;
};

class ClusterSums {
  public:
    explicit ClusterSums(std::size_t clusters_max = 1u << 20) : clusters_max_(clusters_max) {}

    void add(std::uint64_t cluster, double y, double n = 1);
    void clear();

    double count() const { return n_; }
    double clusters() const { return static_cast<double>(clusters_.size()); }
    // As many clusters of equal size would weigh as much (Kish 1965): one loud subject counts as
    // one.
    double effective_clusters() const;
    double mean() const { return n_ > 0 ? y_ / n_ : 0; }
    // Infinite with fewer than two clusters: nothing is known then.
    double standard_error() const;
    // The two-sided interval at confidence 1 - alpha, by Student's t with clusters - 1 degrees of
    // freedom; unbounded with fewer than two clusters.
    Estimate estimate(double alpha = 0.05) const;

    void snapshot(Writer& out) const;
    bool restore(Cursor& in);

  private:
    struct Cluster {
        double y = 0;
        double n = 0;
    };
    std::size_t clusters_max_;
    std::unordered_map<std::uint64_t, Cluster> clusters_;
    double y_ = 0, n_ = 0;
    double yy_ = 0, yn_ = 0, nn_ = 0;
};

// The interval of a.mean() - b.mean() for independent clusters, by t with the smaller side's
// degrees.
Estimate difference(const ClusterSums& a, const ClusterSums& b, double alpha = 0.05);

}  // namespace volant::measure
