#include "features/operations.h"

#include <fmt/format.h>

#include <array>

#include "core/result.h"
#include "features/decay.h"
#include "features/distinct.h"
#include "features/last.h"
#include "features/series.h"
#include "features/since.h"

namespace volant::features {
namespace {

using spec::FeatureDecl;
using spec::Op;
using Made = std::unique_ptr<Accumulator>;

// `InBucket` for a window's buckets, `Forever` for all time.
template <class InBucket, class Forever = InBucket>
Made make_parts(const FeatureDecl& feature) {
    const Window window = Window::of(feature.window);
    const Prior prior{feature.prior_hits, feature.prior_tries};
    if (window.all_time()) return std::make_unique<AllTime<Forever>>(prior);
    return std::make_unique<Series<InBucket>>(window, prior);
}

Made make_last(const FeatureDecl& feature) {
    if (feature.n <= 1) return std::make_unique<LastOne>(feature.window);
    return std::make_unique<LastMany>(feature.window, feature.n);
}

constexpr std::array kOperations = {
    Operation{Op::kCount, "count", 1, Takes::kNothing, "int, 0", kBucketWindow, "How many events.",
              make_parts<CountOf<std::uint32_t>, CountOf<std::uint64_t>>},
    Operation{Op::kSum, "sum", 1, Takes::kNumber, "double, 0", kBucketWindow,
              "The sum of a numeric property; an event without it does not count.",
              make_parts<SumOf>},
    Operation{Op::kMean, "mean", 1, Takes::kNumber, "double, null", kBucketWindow,
              "The mean of a numeric property over the events that carry it.", make_parts<MeanOf>},
    Operation{Op::kMin, "min", 1, Takes::kNumber, "double, null", kBucketWindow,
              "The smallest value of a numeric property.", make_parts<ExtremeOf<false>>},
    Operation{Op::kMax, "max", 1, Takes::kNumber, "double, null", kBucketWindow,
              "The largest value of a numeric property.", make_parts<ExtremeOf<true>>},
    Operation{Op::kRatio, "ratio", 1, Takes::kNothing, "double, a/b (null without a prior)",
              kBucketWindow,
              "`ratio: [finish, open]` with `prior: [a, b]` is (finishes + a) / (opens + b).",
              make_parts<RatioOf<std::uint32_t>, RatioOf<std::uint64_t>>},
    Operation{
        Op::kDistinct, "distinct", 1, Takes::kIdentity, "int, 0", kBucketWindow,
        "How many different values of a property or entity. Exact up to 512 in the window; beyond "
        "that an adaptive sample with a standard error of about 5 %.",
        [](const FeatureDecl& f) -> Made {
            return std::make_unique<Distinct>(Window::of(f.window));
        }},
    Operation{Op::kLast, "last", 1, Takes::kValue,
              "the value, or a list of at most n, newest first; null", kExactWindow,
              "The newest `n` values of a property or entity, by (event_time, lsn). Values of more "
              "than 512 bytes are passed over.",
              make_last},
    Operation{Op::kSince, "since", 1, Takes::kNothing, "double (seconds), null", kExactWindow,
              "Seconds since the newest event.",
              [](const FeatureDecl& f) -> Made { return std::make_unique<Since>(f.window); }},
    Operation{
        Op::kDecay, "decay", 1, Takes::kNumber, "double, 0", kNoWindow,
        "A sum in which each event's weight (1, or its property) halves with every `half_life`.",
        [](const FeatureDecl& f) -> Made { return std::make_unique<Decay>(f.half_life); }},
    Operation{
        Op::kAttribute, "attribute", 1, Takes::kNothing, "the attribute's value, null", kNoWindow,
        "An attribute of an entity as it stands now: the latest by (event_time, lsn).", nullptr},
};

constexpr std::string_view kHead = R"(# Features: the operations

This page is made from the table in `src/features/operations.cpp`; a test holds it to that. How windows,
keys and bounds work: [concepts/features](../concepts/features.md).

| operation | value, and of nothing | window's far edge | what it is |
|---|---|---|---|
)";

constexpr std::string_view kSizesHead = R"(
## State for each key

Bytes for one key (an entity, a pair, an attribute's value) and one feature: while it has had at most two
events, and at most ever. Features that differ only in `through` or name share one state.

| feature | cold | at most |
|---|---|---|
)";

void add_sizes(std::string& out, std::string_view what, const FeatureDecl& feature) {
    const Made made = operation(feature.op).make(feature);
    out += fmt::format("| {} | {} | {} |\n", what, made->state_bytes(), made->bytes_max());
}

}  // namespace

std::span<const Operation> operations() {
    return kOperations;
}

const Operation& operation(Op op) {
    const auto index = static_cast<std::size_t>(op);
    VOLANT_CHECK(index < kOperations.size() && kOperations[index].op == op);
    return kOperations[index];
}

std::string features_markdown() {
    std::string out(kHead);
    for (const Operation& row : kOperations) {
        out += fmt::format("| `{}/{}` | {} | {} | {} |\n", row.name, row.version, row.gives,
                           row.window, row.text);
    }
    out += kSizesHead;
    for (const Operation& row : kOperations) {
        if (row.make == nullptr) continue;
        FeatureDecl feature;
        feature.op = row.op;
        feature.half_life = kDay;
        if (row.window == kBucketWindow) {
            feature.window = 7 * kDay;
            add_sizes(out, fmt::format("`{}`, window 7d", row.name), feature);
            feature.window = kNever;
        }
        add_sizes(out,
                  fmt::format("`{}`{}", row.name, row.window == kBucketWindow ? ", all time" : ""),
                  feature);
        if (row.op != Op::kLast) continue;
        feature.n = 50;
        add_sizes(out, "`last`, n 50", feature);
    }
    return out;
}

}  // namespace volant::features
