#include "api/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace volant::api {
namespace {

using testing::HasSubstr;

TEST(Metrics, WritesFamiliesWithTheirRows) {
    Metrics metrics;
    metrics.counter("volant_events_total", "Events.", {{"result", "accepted"}}).add(3);
    metrics.counter("volant_events_total", "Events.", {{"result", "rejected"}}).add();
    metrics.gauge("volant_open", "Open ones.", [] { return 2.5; });
    metrics.counter_from("volant_syncs_total", "Syncs.", [] { return 7.0; });
    EXPECT_EQ(
        metrics.text(),
        "# HELP volant_events_total Events.\n# TYPE volant_events_total counter\n"
        "volant_events_total{result=\"accepted\"} 3\nvolant_events_total{result=\"rejected\"} 1\n"
        "# HELP volant_open Open ones.\n# TYPE volant_open gauge\nvolant_open 2.5\n"
        "# HELP volant_syncs_total Syncs.\n# TYPE volant_syncs_total counter\nvolant_syncs_total "
        "7\n");
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameCounter) {
    Metrics metrics;
    Counter& first = metrics.counter("a_total", "A.", {{"x", "1"}});
    for (int i = 0; i < 100; ++i) metrics.counter("a_total", "A.", {{"x", std::to_string(i + 2)}});
    EXPECT_EQ(&first, &metrics.counter("a_total", "A.", {{"x", "1"}}));
}

TEST(Metrics, LabelsAreEscapedAndNumbersNeedNotBeFinite) {
    Metrics metrics;
    metrics.gauge("g", "Back\\slash\nline \"q\".",
                  [] { return std::numeric_limits<double>::infinity(); }, {{"l", "a\"b\\c\nd"}});
    metrics.gauge("h", "H.", [] { return std::numeric_limits<double>::quiet_NaN(); });
    EXPECT_THAT(metrics.text(), HasSubstr("# HELP g Back\\\\slash\\nline \"q\".\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("g{l=\"a\\\"b\\\\c\\nd\"} +Inf\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("h NaN\n"));
}

TEST(Metrics, BucketsHoldAllThatIsNotLonger) {
    Metrics metrics;
    Histogram& latency = metrics.histogram("l", "L.", {{"route", "x"}});
    for (const Micros us : {0, 50, 51, 2'000'000, 60'000'000}) latency.observe(us);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("l_bucket{route=\"x\",le=\"0.00005\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("l_bucket{route=\"x\",le=\"0.0001\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("l_bucket{route=\"x\",le=\"2\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("l_bucket{route=\"x\",le=\"5\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("l_bucket{route=\"x\",le=\"+Inf\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("l_sum{route=\"x\"} 62.000101\nl_count{route=\"x\"} 5\n"));
}

TEST(Metrics, ThreadsLoseNoCount) {
    Metrics metrics;
    Counter& counter = metrics.counter("c_total", "C.");
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j) counter.add();
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(counter.value(), 12'000u);
}

}  // namespace
}  // namespace volant::api
