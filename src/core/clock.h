// The clock is handed in; nothing calls now() by itself.
#pragma once

#include <atomic>

#include "core/time.h"

namespace volant {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Micros now() const = 0;  // any thread
};

class SystemClock : public Clock {
  public:
    Micros now() const override;
};

// Stands still until it is moved: for tests, and for `time: simulated` workspaces, where the
// Volant-Time header moves it.
class ManualClock : public Clock {
  public:
    explicit ManualClock(Micros start = 0) : now_(start) {}
    Micros now() const override { return now_.load(std::memory_order_acquire); }
    // False, and nothing changes, when `time` lies before the clock.
    bool advance_to(Micros time);

  private:
    std::atomic<Micros> now_;
};

// Monotonic microseconds for measuring how long things take; never stored.
Micros monotonic_now();

}  // namespace volant
