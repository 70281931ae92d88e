// Parts: what one bucket holds for each operation, how samples enter it, and how buckets add up.
//
// Each type gives: Part, plain bytes (in a bucket); start and add (a bucket's first and later
// samples); join (two buckets of one time); and itself as the running total that take()s parts in
// bucket order and gives the value. Doubles are added in the order in which parts come, so that a
// replay gives the same bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/value.h"
#include "features/sample.h"

namespace volant::features {

struct Prior {
    double hits = 0;
    double tries = 0;
};

// A sum that has left the doubles' range is missing: values are finite.
inline Value finite(double number) {
    return std::isfinite(number) ? Value{number} : Value{};
}

// In a bucket 32 bits are enough and stop at their end; all time takes 64.
template <class Integer>
struct CountOf {
    struct Part {
        Integer count;
    };
    static void start(Part& part, const Sample&) { part.count = 1; }
    static void add(Part& part, const Sample&) { part.count += part.count != Integer(-1) ? 1 : 0; }
    static void join(Part& part, const Part& other) {
        const Integer sum = part.count + other.count;
        part.count = sum < part.count ? Integer(-1) : sum;
    }

    std::uint64_t count = 0;
    void take(const Part& part) { count += part.count; }
    Value value(const Prior&) const { return static_cast<std::int64_t>(count); }
};

struct SumOf {
    struct Part {
        double sum;
    };
    static void start(Part& part, const Sample& sample) { part.sum = sample.number; }
    static void add(Part& part, const Sample& sample) { part.sum += sample.number; }
    static void join(Part& part, const Part& other) { part.sum += other.sum; }

    double sum = 0;
    void take(const Part& part) { sum += part.sum; }
    Value value(const Prior&) const { return finite(sum); }
};

struct MeanOf {
    struct Part {
        double sum;
        std::uint64_t count;
    };
    static void start(Part& part, const Sample& sample) { part = {sample.number, 1}; }
    static void add(Part& part, const Sample& sample) {
        part.sum += sample.number;
        ++part.count;
    }
    static void join(Part& part, const Part& other) {
        part.sum += other.sum;
        part.count += other.count;
    }

    double sum = 0;
    std::uint64_t count = 0;
    void take(const Part& part) {
        sum += part.sum;
        count += part.count;
    }
    Value value(const Prior&) const {
        return count == 0 ? Value{} : finite(sum / static_cast<double>(count));
    }
};

template <bool kLargest>
struct ExtremeOf {
    struct Part {
        double value;
    };
    static double better(double a, double b) { return kLargest ? std::max(a, b) : std::min(a, b); }
    static void start(Part& part, const Sample& sample) { part.value = sample.number; }
    static void add(Part& part, const Sample& sample) {
        part.value = better(part.value, sample.number);
    }
    static void join(Part& part, const Part& other) {
        part.value = better(part.value, other.value);
    }

    double best = 0;
    bool any = false;
    void take(const Part& part) {
        best = any ? better(best, part.value) : part.value;
        any = true;
    }
    Value value(const Prior&) const { return any ? Value{best} : Value{}; }
};

// (hits + a) / (tries + b).
template <class Integer>
struct RatioOf {
    struct Part {
        Integer hits;
        Integer tries;
    };
    static void start(Part& part, const Sample& sample) {
        part = {};
        add(part, sample);
    }
    static void add(Part& part, const Sample& sample) {
        ++(sample.source == 0 ? part.hits : part.tries);
    }
    static void join(Part& part, const Part& other) {
        part.hits += other.hits;
        part.tries += other.tries;
    }

    double hits = 0;
    double tries = 0;
    void take(const Part& part) {
        hits += static_cast<double>(part.hits);
        tries += static_cast<double>(part.tries);
    }
    Value value(const Prior& prior) const {
        const double below = tries + prior.tries;
        // null where nothing was tried and no prior says what to think
        return below == 0 ? Value{} : finite((hits + prior.hits) / below);
    }
};

}  // namespace volant::features
