// Oracle: feature values by brute force over all samples of a key, for tests. Written from the text
// of feature_store.h, with none of the room's classes: no buckets that are kept, no rings, no
// merging.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/value.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::features::testing {

struct Seen {
    Micros time = 0;
    log::Lsn lsn = 0;
    int source = 0;
    Value value;  // the property or id; null where the source names none
};

inline std::int64_t floor_of(Micros time, Micros width) {
    return static_cast<std::int64_t>(
        std::floor(static_cast<long double>(time) / static_cast<long double>(width)));
}

// The width of a window's buckets, as docs/concepts/features.md has it.
inline Micros width_of(Micros length) {
    static const std::map<Micros, Micros> kWidths = {
        {kMinute, kSecond},
        {kHour, kMinute},
        {kDay, 30 * kMinute},
        {7 * kDay, 3 * kHour},
        {30 * kDay, 12 * kHour},
        {100 * kSecond, 2 * kSecond},
        {1000, 16},  // 1 ms: nothing divides it, 64 buckets of ceil(1000 / 64)
    };
    return kWidths.at(length);
}

inline bool counts(const spec::FeatureDecl& feature, Micros time, Micros at) {
    if (feature.op == spec::Op::kLast || feature.op == spec::Op::kSince) {
        return time <= at && (feature.window == kNever || time > at - feature.window);
    }
    if (feature.window == kNever || feature.op == spec::Op::kDecay) return true;
    const Micros width = width_of(feature.window);
    const std::int64_t buckets = feature.window % width == 0 ? feature.window / width : 64;
    const std::int64_t now = floor_of(at, width);
    const std::int64_t bucket = floor_of(time, width);
    return now - buckets < bucket && bucket <= now;
}

inline double number_of(const Seen& seen) {
    return seen.value.is_null() ? 1 : seen.value.number();
}

// What the feature is at `at`, if `all` is everything that the key has seen.
inline Value oracle(const spec::FeatureDecl& feature, const std::vector<Seen>& all, Micros at) {
    using spec::Op;
    std::vector<Seen> seen;
    for (const Seen& s : all) {
        if (counts(feature, s.time, at)) seen.push_back(s);
    }
    std::stable_sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) {
        return a.time != b.time ? a.time < b.time : a.lsn < b.lsn;
    });
    double sum = 0, low = INFINITY, high = -INFINITY, parts[2] = {0, 0}, decayed = 0;
    std::vector<std::string> values;
    for (const Seen& s : seen) {
        values.push_back(describe(s.value));
        if (!s.value.is_null() && !s.value.has_number()) continue;
        const double number = number_of(s);
        sum += number;
        low = std::min(low, number);
        high = std::max(high, number);
        parts[s.source] += number;
        if (feature.op == Op::kDecay) {
            decayed += number * std::exp2(-static_cast<double>(at - s.time) /
                                          static_cast<double>(feature.half_life));
        }
    }
    std::sort(values.begin(), values.end());
    const auto different = std::unique(values.begin(), values.end()) - values.begin();
    switch (feature.op) {
        case Op::kCount:
            return static_cast<std::int64_t>(seen.size());
        case Op::kSum:
            return sum;
        case Op::kMean:
            return seen.empty() ? Value{} : Value{sum / static_cast<double>(seen.size())};
        case Op::kMin:
            return seen.empty() ? Value{} : Value{low};
        case Op::kMax:
            return seen.empty() ? Value{} : Value{high};
        case Op::kRatio: {
            const double tries = parts[1] + feature.prior_tries;
            return tries == 0 ? Value{} : Value{(parts[0] + feature.prior_hits) / tries};
        }
        case Op::kDistinct:
            return static_cast<std::int64_t>(different);
        case Op::kSince:
            return seen.empty() ? Value{} : Value{static_cast<double>(at - seen.back().time) / 1e6};
        case Op::kDecay:
            return decayed;
        case Op::kLast: {
            if (seen.empty()) return {};
            if (feature.n <= 1) return seen.back().value;
            List list;
            for (std::size_t i = seen.size(); i-- > 0 && list.size() < feature.n;) {
                list.push_back(seen[i].value);
            }
            return list;
        }
        case Op::kAttribute:
            break;
    }
    return {};
}

// The same value, decays within rounding.
inline bool agrees(const spec::FeatureDecl& feature, const Value& found, const Value& expected) {
    if (feature.op != spec::Op::kDecay) return found == expected;
    return found.has_number() &&
           std::abs(found.number() - expected.number()) <= 1e-9 * (1 + std::abs(expected.number()));
}

}  // namespace volant::features::testing
