// Holds the metrics, distributions and intervals to scikit-learn, scipy and statsmodels:
// tests/reference/measure.txt, made by make_measure.py beside it.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "measure/classification.h"
#include "measure/cluster_sums.h"
#include "measure/distributions.h"
#include "measure/interval.h"
#include "measure/ranking.h"
#include "measure/regression.h"

namespace volant::measure {
namespace {

using Rows = std::map<std::string, std::vector<double>>;

// A line of the file: words that name rows, and numbers.
struct Fact {
    std::string name;
    std::vector<std::string> names;
    std::vector<double> numbers;
};

struct Reference {
    Rows rows;
    std::vector<Fact> facts;
};

Reference read_reference(std::istream& in) {
    Reference reference;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        Fact fact;
        words >> fact.name;
        for (std::string word; words >> word;) {
            char* end = nullptr;
            const double number = std::strtod(word.c_str(), &end);
            if (*end == 0)
                fact.numbers.push_back(number);
            else
                fact.names.push_back(word);
        }
        if (fact.name == "rows")
            reference.rows[fact.names.at(0)] = fact.numbers;
        else
            reference.facts.push_back(fact);
    }
    return reference;
}

using Check = std::function<std::vector<double>(const Fact&, const Rows&)>;

std::vector<double> bounds(const std::optional<Interval>& interval) {
    if (!interval) return {};
    return {interval->low, interval->high};
}

std::vector<double> clustered(const std::vector<double>& values, const std::vector<double>& names) {
    ClusterSums sums;
    for (std::size_t i = 0; i < values.size(); ++i)
        sums.add(static_cast<std::uint64_t>(names[i]), values[i]);
    const Estimate estimate = sums.estimate(0.05);
    return {estimate.low, estimate.high};
}

Check pair_metric(std::optional<double> (*metric)(std::span<const double>,
                                                  std::span<const double>)) {
    return [metric](const Fact& fact, const Rows& rows) {
        return std::vector{metric(rows.at(fact.names[0]), rows.at(fact.names[1])).value()};
    };
}

template <class Metric>
Check at_k(Metric metric) {
    return [metric](const Fact& fact, const Rows& rows) {
        const auto k = static_cast<std::size_t>(fact.numbers[0]);
        return std::vector{metric(rows.at(fact.names[0]), k).value()};
    };
}

Check number(std::function<double(const std::vector<double>&)> function) {
    return
        [function](const Fact& fact, const Rows&) { return std::vector{function(fact.numbers)}; };
}

// How each fact is computed here; the values that it must equal are the fact's last numbers.
std::map<std::string, Check> checks() {
    using Args = const std::vector<double>&;
    return {
        {"auc", pair_metric(auc)},
        {"gini", pair_metric(gini)},
        {"auc_pr", pair_metric(auc_pr)},
        {"ks", pair_metric(ks)},
        {"log_loss", pair_metric(log_loss)},
        {"brier", pair_metric(brier)},
        {"accuracy", pair_metric([](auto p, auto y) { return accuracy(p, y); })},
        {"f1", pair_metric([](auto p, auto y) { return f1(p, y); })},
        {"ece", pair_metric([](auto p, auto y) { return ece(p, y); })},
        {"rmse", pair_metric(rmse)},
        {"mae", pair_metric(mae)},
        {"r2", pair_metric(r2)},
        {"ndcg", at_k([](auto r, std::size_t k) { return ndcg(r, k); })},
        {"recall", at_k([](auto r, std::size_t k) { return recall(r, k); })},
        {"average_precision", at_k([](auto r, std::size_t k) { return average_precision(r, k); })},
        {"normal_cdf", number([](Args a) { return normal_cdf(a[0]); })},
        {"normal_quantile", number([](Args a) { return normal_quantile(a[0]); })},
        {"t_cdf", number([](Args a) { return t_cdf(a[0], a[1]); })},
        {"t_quantile", number([](Args a) { return t_quantile(a[0], a[1]); })},
        {"log_gamma", number([](Args a) { return log_gamma(a[0]); })},
        {"incomplete_beta", number([](Args a) { return incomplete_beta(a[0], a[1], a[2]); })},
        {"wilson",
         [](const Fact& f, const Rows&) {
             return bounds(wilson_interval(f.numbers[0], f.numbers[1], 0.95));
         }},
        {"mean_interval",
         [](const Fact&, const Rows& rows) {
             return bounds(mean_interval(rows.at("c.values"), 0.95));
         }},
        {"clustered_mean",
         [](const Fact&, const Rows& rows) {
             return clustered(rows.at("c.values"), rows.at("c.clusters"));
         }},
        {"paired_difference",
         [](const Fact&, const Rows& rows) {
             std::vector<double> differences = rows.at("c.values");
             for (std::size_t i = 0; i < differences.size(); ++i)
                 differences[i] -= rows.at("c.other")[i];
             return clustered(differences, rows.at("c.clusters"));
         }},
    };
}

TEST(MeasureReferenceTest, EqualsScikitLearnAndScipy) {
    const char* source = std::getenv("VOLANT_SOURCE_DIR");
    if (source == nullptr) GTEST_SKIP() << "VOLANT_SOURCE_DIR is not set";
    std::ifstream in(std::string(source) + "/tests/reference/measure.txt");
    ASSERT_TRUE(in.good());
    const Reference reference = read_reference(in);
    ASSERT_GT(reference.facts.size(), 150u);
    const std::map<std::string, Check> table = checks();
    for (const Fact& fact : reference.facts) {
        const std::vector<double> found = table.at(fact.name)(fact, reference.rows);
        ASSERT_FALSE(found.empty()) << fact.name;
        const std::vector<double> expected(fact.numbers.end() - static_cast<long>(found.size()),
                                           fact.numbers.end());
        for (std::size_t i = 0; i < found.size(); ++i) {
            // Tails are held to their own size, other values to at least a thousandth.
            const bool tail = fact.name == "normal_cdf" || fact.name == "t_cdf";
            const double size = std::max(std::abs(expected[i]), tail ? 1e-300 : 1e-3);
            const double tolerance = (fact.name == "normal_cdf" ? 1e-11 : 1e-9) * size;
            EXPECT_NEAR(found[i], expected[i], tolerance)
                << fact.name << " of " << testing::PrintToString(fact.names)
                << testing::PrintToString(fact.numbers);
        }
    }
}

}  // namespace
}  // namespace volant::measure
