#include "measure/cluster_sums.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "measure/distributions.h"

namespace volant::measure {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

// Fewer clusters of equal weight than this say nothing about each other.
constexpr double kEffectiveMin = 1.5;

Estimate interval(double mean, double standard_error, double clusters, double effective,
                  double alpha) {
    if (effective < kEffectiveMin) return {mean, -kUnknown, kUnknown, kUnknown, 0, clusters};
    const double half = t_quantile(1 - alpha / 2, clusters - 1) * standard_error;
    return {mean, mean - half, mean + half, standard_error, 0, clusters};
}

}  // namespace

void ClusterSums::add(std::uint64_t cluster, double y, double n) {
    auto it = clusters_.find(cluster);
    if (it == clusters_.end()) {
        const std::uint64_t key =
            clusters_.size() < clusters_max_ ? cluster : cluster % clusters_max_;
        it = clusters_.try_emplace(key).first;
    }
    Cluster& c = it->second;
    yy_ += y * (2 * c.y + y);
    yn_ += c.y * n + y * c.n + y * n;
    nn_ += n * (2 * c.n + n);
    c.y += y;
    c.n += n;
    y_ += y;
    n_ += n;
}

void ClusterSums::clear() {
    clusters_.clear();
    y_ = n_ = yy_ = yn_ = nn_ = 0;
}

double ClusterSums::effective_clusters() const {
    return nn_ > 0 ? n_ * n_ / nn_ : 0;
}

double ClusterSums::standard_error() const {
    const double c = clusters();
    if (c < 2 || n_ <= 0) return kUnknown;
    const double m = mean();
    const double squares = std::max(0.0, yy_ - 2 * m * yn_ + m * m * nn_);
    return std::sqrt(squares * c / (c - 1)) / n_;
}

Estimate ClusterSums::estimate(double alpha) const {
    Estimate e = interval(mean(), standard_error(), clusters(), effective_clusters(), alpha);
    e.count = n_;
    return e;
}

void ClusterSums::snapshot(Writer& out) const {
    std::vector<std::uint64_t> keys;
    keys.reserve(clusters_.size());
    for (const auto& [key, cluster] : clusters_) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    for (const double v : {y_, n_, yy_, yn_, nn_}) out.f64(v);
    out.varint(keys.size());
    for (const std::uint64_t key : keys) {
        const Cluster& cluster = clusters_.at(key);
        out.u64(key);
        out.f64(cluster.y);
        out.f64(cluster.n);
    }
}

bool ClusterSums::restore(Cursor& in) {
    clear();
    for (double* v : {&y_, &n_, &yy_, &yn_, &nn_}) *v = in.f64();
    const std::uint64_t count = in.varint();
    for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
        const std::uint64_t key = in.u64();
        const double y = in.f64();
        clusters_[key] = {y, in.f64()};
    }
    return in.ok();
}

Estimate difference(const ClusterSums& a, const ClusterSums& b, double alpha) {
    const double se_a = a.standard_error(), se_b = b.standard_error();
    Estimate e = interval(a.mean() - b.mean(), std::sqrt(se_a * se_a + se_b * se_b),
                          std::min(a.clusters(), b.clusters()),
                          std::min(a.effective_clusters(), b.effective_clusters()), alpha);
    e.count = a.count() + b.count();
    return e;
}

}  // namespace volant::measure
