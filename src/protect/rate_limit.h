// RateLimit: a token bucket for each key or address. A bucket holds `burst` requests and fills at
// `per_second`.
//
// Bounded: kBucketsMax callers are remembered; past it the one that was used longest ago is
// forgotten. Threads: any; callers are spread over kShards locks.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/hash.h"
#include "core/time.h"

namespace volant::protect {

struct RateLimitOptions {
    double per_second = 0;  // 0: no limit
    double burst = 0;       // 0: one second's worth, at least 1
};

class RateLimit {
  public:
    static constexpr std::size_t kBucketsMax = 16384;

    explicit RateLimit(RateLimitOptions options);

    bool is_on() const { return options_.per_second > 0; }
    // Takes one request of `caller`'s at monotonic time `now`. 0: granted; else how many
    // microseconds until the next one would be.
    Micros take(std::string_view caller, Micros now);
    std::size_t size() const;  // callers remembered

  private:
    static constexpr std::size_t kShards = 16;
    struct Bucket {
        std::string caller;
        double tokens;
        Micros filled_at;
    };
    using Order = std::list<Bucket>;  // most recently used first
    struct Shard {
        mutable std::mutex lock;
        Order order;  // guarded by lock, as is the next one
        std::unordered_map<std::string_view, Order::iterator, StringHash, std::equal_to<>> places;
    };

    const RateLimitOptions options_;
    std::array<Shard, kShards> shards_;
};

}  // namespace volant::protect
