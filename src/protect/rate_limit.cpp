#include "protect/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace volant::protect {
namespace {

RateLimitOptions completed(RateLimitOptions options) {
    if (options.burst <= 0) options.burst = std::max(1.0, options.per_second);
    return options;
}

}  // namespace

RateLimit::RateLimit(RateLimitOptions options) : options_(completed(options)) {}

Micros RateLimit::take(std::string_view caller, Micros now) {
    if (!is_on()) return 0;
    Shard& shard = shards_[hash64(caller) % kShards];
    const std::lock_guard hold(shard.lock);
    const auto known = shard.places.find(caller);
    if (known == shard.places.end()) {
        if (shard.order.size() >= kBucketsMax / kShards) {
            shard.places.erase(shard.order.back().caller);
            shard.order.pop_back();
        }
        shard.order.push_front({std::string(caller), options_.burst - 1, now});
        shard.places.emplace(shard.order.front().caller, shard.order.begin());
        return 0;
    }
    shard.order.splice(shard.order.begin(), shard.order, known->second);
    Bucket& bucket = shard.order.front();
    const double filled =
        static_cast<double>(now - bucket.filled_at) / kSecond * options_.per_second;
    bucket.tokens = std::min(options_.burst, bucket.tokens + std::max(0.0, filled));
    bucket.filled_at = now;
    if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return 0;
    }
    return static_cast<Micros>(std::ceil((1 - bucket.tokens) / options_.per_second * kSecond));
}

std::size_t RateLimit::size() const {
    std::size_t all = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard hold(shard.lock);
        all += shard.order.size();
    }
    return all;
}

}  // namespace volant::protect
