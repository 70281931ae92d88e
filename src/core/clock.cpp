#include "core/clock.h"

#include <chrono>

namespace volant {
namespace {

template <class ChronoClock>
Micros since_epoch() {
    const auto d = ChronoClock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(d).count();
}

}  // namespace

Micros SystemClock::now() const {
    return since_epoch<std::chrono::system_clock>();
}

bool ManualClock::advance_to(Micros time) {
    Micros current = now_.load(std::memory_order_acquire);
    while (current < time) {
        if (now_.compare_exchange_weak(current, time, std::memory_order_acq_rel)) return true;
    }
    return current == time;
}

Micros monotonic_now() {
    return since_epoch<std::chrono::steady_clock>();
}

}  // namespace volant
