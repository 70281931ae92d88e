#include "api/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/result.h"

namespace volant::api {
namespace {

constexpr std::string_view kKindNames[] = {"counter", "gauge", "histogram"};

// Backslashes and new lines are escaped; in label values quotes are too.
std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out.append("\\n");
            continue;
        }
        if (c == '\\' || (quotes && c == '"')) out.push_back('\\');
        out.push_back(c);
    }
    return out;
}

// As Go reads it: "+Inf" and "NaN" are numbers here.
std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    char digits[32];
    return std::string(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

std::string labels_text(const Labels& labels) {
    std::string out;
    for (const auto& [name, value] : labels) {
        out.append(out.empty() ? "{" : ",")
            .append(name)
            .append("=\"")
            .append(escaped(value, true))
            .append("\"");
    }
    return out.empty() ? out : out + "}";
}

void append_line(std::string& out, std::string_view name, std::string_view labels, double value) {
    out.append(name).append(labels).append(" ").append(number_text(value)).append("\n");
}

// `{a="b"}` with one more label at its end.
std::string with_label(std::string_view labels, std::string_view name, std::string_view value) {
    std::string out(labels.empty() ? "{" : labels.substr(0, labels.size() - 1));
    if (!labels.empty()) out.append(",");
    return out.append(name).append("=\"").append(value).append("\"}");
}

void append_histogram(std::string& out, const std::string& name, std::string_view labels,
                      const Histogram::Total& total) {
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < total.counts.size(); ++i) {
        so_far += total.counts[i];
        std::string bound = "+Inf";
        if (i < Histogram::kBounds.size()) {
            char digits[32];
            const double seconds = static_cast<double>(Histogram::kBounds[i]) / kSecond;
            bound.assign(digits, std::to_chars(digits, digits + sizeof digits, seconds,
                                               std::chars_format::fixed)
                                     .ptr);
        }
        append_line(out, name + "_bucket", with_label(labels, "le", bound),
                    static_cast<double>(so_far));
    }
    append_line(out, name + "_sum", labels, static_cast<double>(total.sum_us) / kSecond);
    append_line(out, name + "_count", labels, static_cast<double>(so_far));
}

}  // namespace

std::size_t stripe() {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return mine;
}

std::uint64_t Counter::value() const {
    std::uint64_t sum = 0;
    for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
    return sum;
}

void Histogram::observe(Micros latency_us) {
    const auto bucket =
        std::lower_bound(kBounds.begin(), kBounds.end(), latency_us) - kBounds.begin();
    Stripe& mine = stripes_[stripe()];
    mine.counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    mine.sum_us.fetch_add(static_cast<std::uint64_t>(std::max<Micros>(0, latency_us)),
                          std::memory_order_relaxed);
}

Histogram::Total Histogram::total() const {
    Total total;
    for (const Stripe& part : stripes_) {
        for (std::size_t i = 0; i < total.counts.size(); ++i) {
            total.counts[i] += part.counts[i].load(std::memory_order_relaxed);
        }
        total.sum_us += part.sum_us.load(std::memory_order_relaxed);
    }
    return total;
}

Metrics::Family& Metrics::family(std::string_view name, std::string_view text, Kind kind) {
    for (Family& known : families_) {
        if (known.name != name) continue;
        VOLANT_CHECK(known.kind == kind);
        return known;
    }
    return families_.emplace_back(Family{std::string(name), std::string(text), kind, {}});
}

Metrics::Row* Metrics::find(Family& family, const std::string& labels) {
    for (Row& row : family.rows) {
        if (row.labels == labels) return &row;
    }
    return nullptr;
}

Counter& Metrics::counter(std::string_view name, std::string_view text, Labels labels) {
    const std::lock_guard hold(lock_);
    Family& rows = family(name, text, Kind::kCounter);
    const std::string key = labels_text(labels);
    if (const Row* known = find(rows, key); known != nullptr && known->counter != nullptr) {
        return *known->counter;
    }
    rows.rows.push_back({key, &counters_.emplace_back(), nullptr, {}});
    return counters_.back();
}

Histogram& Metrics::histogram(std::string_view name, std::string_view text, Labels labels) {
    const std::lock_guard hold(lock_);
    Family& rows = family(name, text, Kind::kHistogram);
    const std::string key = labels_text(labels);
    if (const Row* known = find(rows, key)) return *known->histogram;
    rows.rows.push_back({key, nullptr, &histograms_.emplace_back(), {}});
    return histograms_.back();
}

void Metrics::gauge(std::string_view name, std::string_view text, std::function<double()> read,
                    Labels labels) {
    const std::lock_guard hold(lock_);
    family(name, text, Kind::kGauge)
        .rows.push_back({labels_text(labels), nullptr, nullptr, std::move(read)});
}

void Metrics::counter_from(std::string_view name, std::string_view text,
                           std::function<double()> read, Labels labels) {
    const std::lock_guard hold(lock_);
    family(name, text, Kind::kCounter)
        .rows.push_back({labels_text(labels), nullptr, nullptr, std::move(read)});
}

std::string Metrics::text() const {
    const std::lock_guard hold(lock_);
    std::string out;
    for (const Family& rows : families_) {
        out.append("# HELP ")
            .append(rows.name)
            .append(" ")
            .append(escaped(rows.text, false))
            .append("\n# TYPE ");
        out.append(rows.name)
            .append(" ")
            .append(kKindNames[static_cast<int>(rows.kind)])
            .append("\n");
        for (const Row& row : rows.rows) {
            if (row.histogram != nullptr) {
                append_histogram(out, rows.name, row.labels, row.histogram->total());
            } else {
                const double value =
                    row.read ? row.read() : static_cast<double>(row.counter->value());
                append_line(out, rows.name, row.labels, value);
            }
        }
    }
    return out;
}

}  // namespace volant::api
