// Metrics: counters, gauges and histograms, written as Prometheus text (exposition format 0.0.4).
//
// Register everything at start, then count: a cell is a relaxed atomic of the thread's own stripe,
// so that counting costs a few nanoseconds and no two network threads share a cache line; reading
// adds the stripes up. A family has at most one row for each set of label values; they are known
// when it is registered. Threads: register on one thread before counting begins; add() and
// observe() on any; text() on any. Ownership: handles are references into the Metrics object and
// live as long as it does.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace volant::api {

inline constexpr std::size_t kStripes = 8;

// This thread's stripe.
std::size_t stripe();

class Counter {
  public:
    void add(std::uint64_t n = 1) {
        cells_[stripe()].value.fetch_add(n, std::memory_order_relaxed);
    }
    std::uint64_t value() const;

  private:
    struct alignas(64) Cell {
        std::atomic<std::uint64_t> value{0};
    };
    std::array<Cell, kStripes> cells_;
};

// Latencies in buckets of kBounds microseconds, each with all that are at most as long.
class Histogram {
  public:
    static constexpr std::array<Micros, 16> kBounds = {
        50,     100,    200,     500,     1'000,   2'000,     5'000,     10'000,
        20'000, 50'000, 100'000, 200'000, 500'000, 1'000'000, 2'000'000, 5'000'000};
    void observe(Micros latency_us);

    struct Total {
        std::array<std::uint64_t, kBounds.size() + 1>
            counts{};  // in each bucket; the last is unbounded
        std::uint64_t sum_us = 0;
    };
    Total total() const;

  private:
    struct alignas(64) Stripe {
        std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> counts{};
        std::atomic<std::uint64_t> sum_us{0};
    };
    std::array<Stripe, kStripes> stripes_;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
  public:
    enum class Kind { kCounter, kGauge, kHistogram };

    // The same name and labels give the same counter again. Names as in Prometheus:
    // `volant_..._total`.
    Counter& counter(std::string_view name, std::string_view text, Labels labels = {});
    Histogram& histogram(std::string_view name, std::string_view text, Labels labels = {});
    // `read` is asked at each scrape, on the scraping thread.
    void gauge(std::string_view name, std::string_view text, std::function<double()> read,
               Labels labels = {});
    // A total that is counted elsewhere.
    void counter_from(std::string_view name, std::string_view text, std::function<double()> read,
                      Labels labels = {});

    std::string text() const;

  private:
    struct Row {
        std::string labels;  // "{route=\"predict\",status=\"200\"}", or ""
        Counter* counter = nullptr;
        Histogram* histogram = nullptr;
        std::function<double()> read;
    };
    struct Family {
        std::string name;
        std::string text;
        Kind kind;
        std::vector<Row> rows;
    };
    Family& family(std::string_view name, std::string_view text, Kind kind);
    static Row* find(Family& family, const std::string& labels);

    mutable std::mutex lock_;  // guards all below; not the counters' cells
    std::vector<Family> families_;
    std::deque<Counter> counters_;
    std::deque<Histogram> histograms_;
};

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace volant::api
