// Rows: the features of many candidates at one moment. What does not depend on the candidate is
// kept once. Reused from call to call, it allocates nothing once it has grown (but what its values
// hold).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/value.h"

namespace volant::features {

class FeatureStore;

class Rows {
  public:
    std::size_t rows() const { return rows_; }  // candidates
    std::size_t features() const { return place_.size(); }
    // Whether the feature's value is the same in every row (then it stands there once).
    bool shared(std::size_t feature) const { return place_[feature].shared; }
    const Value& at(std::size_t row, std::size_t feature) const {
        const Place place = place_[feature];
        return place.shared ? shared_[place.index] : varying_[row * width_ + place.index];
    }

  private:
    friend class FeatureStore;
    struct Place {
        bool shared;
        std::size_t index;
    };
    std::vector<Place> place_;  // by feature, in the order asked for
    std::vector<Value> shared_;
    std::vector<Value> varying_;  // [rows, width]
    std::size_t width_ = 0;
    std::size_t rows_ = 0;
    std::vector<const std::byte*> states_;  // by row, of one key group
};

}  // namespace volant::features
