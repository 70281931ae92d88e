#include "measure/sequential.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/exact_math.h"
#include "core/result.h"
#include "measure/distributions.h"

namespace volant::measure {
namespace {

constexpr std::size_t kLooksMax = 100;
constexpr int kGridIntervals = 400;  // even, for Simpson's rule
constexpr double kBoundaryMax = 8;   // in standard errors: P(|Z| > 8) = 1e-15

double density(double x, double variance) {
    return exact::exp(-x * x / (2 * variance)) / (kRootTwoPi * std::sqrt(variance));
}

// The density of the sum S(t) = Z sqrt(t) among the paths that have not crossed a boundary, on an
// even grid over [-reach, reach], with Simpson's weights multiplied in.
struct Paths {
    std::vector<double> places = {0};  // before the first look all paths are at 0
    std::vector<double> masses = {1};

    // P(the path is beyond +-reach after an increment of this variance).
    double crossing(double reach, double variance) const {
        const double root = std::sqrt(variance);
        double sum = 0;
        for (std::size_t i = 0; i < places.size(); ++i) {
            sum += masses[i] * (normal_cdf((-reach - places[i]) / root) +
                                normal_cdf((places[i] - reach) / root));
        }
        return sum;
    }

    Paths after(double reach, double variance) const {
        Paths next;
        next.places.clear();
        next.masses.clear();
        const double step = 2 * reach / kGridIntervals;
        for (int i = 0; i <= kGridIntervals; ++i) {
            const double place = -reach + i * step;
            double here = 0;
            for (std::size_t k = 0; k < places.size(); ++k)
                here += masses[k] * density(place - places[k], variance);
            const double simpson = i == 0 || i == kGridIntervals ? 1 : i % 2 == 1 ? 4 : 2;
            next.places.push_back(place);
            next.masses.push_back(here * simpson * step / 3);
        }
        return next;
    }
};

// The boundary that as many of the paths cross as may be spent at this look.
double boundary_of(const Paths& paths, double fraction, double variance, double spend) {
    const double root = std::sqrt(fraction);
    if (paths.crossing(kBoundaryMax * root, variance) >= spend)
        return std::numeric_limits<double>::infinity();
    double low = 0;
    double high = kBoundaryMax;
    while (high - low > 1e-9) {
        const double middle = (low + high) / 2;
        (paths.crossing(middle * root, variance) > spend ? low : high) = middle;
    }
    return high;
}

}  // namespace

double alpha_spent(double fraction, double alpha) {
    VOLANT_CHECK(alpha > 0 && alpha < 1);
    if (!(fraction > 0)) return 0;
    if (fraction >= 1) return alpha;
    return 4 * normal_cdf(normal_quantile(alpha / 4) / std::sqrt(fraction));
}

double look_boundary(std::span<const double> fractions, double alpha) {
    VOLANT_CHECK(!fractions.empty() && fractions.size() <= kLooksMax);
    Paths paths;
    double before = 0;
    double spent = 0;
    double boundary = std::numeric_limits<double>::infinity();
    for (const double fraction : fractions) {
        VOLANT_CHECK(fraction > before && fraction <= 1);
        const double variance = fraction - before;
        const double may_spend = alpha_spent(fraction, alpha);
        boundary = boundary_of(paths, fraction, variance, may_spend - spent);
        const double reach = std::min(boundary, kBoundaryMax) * std::sqrt(fraction);
        paths = paths.after(reach, variance);
        if (std::isfinite(boundary)) spent = may_spend;
        before = fraction;
    }
    return boundary;
}

}  // namespace volant::measure
