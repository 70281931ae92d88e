// Sum: adds doubles in the order they come, with the rounding errors kept apart (Neumaier 1974).
#pragma once

#include <cmath>

namespace volant::measure {

class Sum {
  public:
    void add(double x) {
        const double next = sum_ + x;
        lost_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - next) + x : (x - next) + sum_;
        sum_ = next;
    }
    double value() const { return sum_ + lost_; }

  private:
    double sum_ = 0;
    double lost_ = 0;
};

}  // namespace volant::measure
