// Sparse<T>: a T for some of the indices of one entity, made on first use. An index without one
// costs four bytes at most.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collect/event.h"

namespace volant::collect {

template <class T>
class Sparse {
  public:
    T* find(EntityIndex index) {
        return index < where_.size() && where_[index] != 0 ? pool_[where_[index] - 1].get()
                                                           : nullptr;
    }
    const T* find(EntityIndex index) const { return const_cast<Sparse*>(this)->find(index); }

    // References stay good until the index is erased.
    T& get(EntityIndex index) {
        if (index >= where_.size()) where_.resize(index + std::size_t{1});
        if (where_[index] == 0) {
            if (free_.empty()) {
                pool_.emplace_back();
                free_.push_back(static_cast<std::uint32_t>(pool_.size()));
            }
            where_[index] = free_.back();
            free_.pop_back();
            pool_[where_[index] - 1] = std::make_unique<T>();
        }
        return *pool_[where_[index] - 1];
    }

    void erase(EntityIndex index) {
        if (!find(index)) return;
        pool_[where_[index] - 1].reset();
        free_.push_back(where_[index]);
        where_[index] = 0;
    }

    void clear() { *this = Sparse(); }

    // One past the largest index that may have one.
    std::size_t bound() const { return where_.size(); }
    std::size_t count() const { return pool_.size() - free_.size(); }

  private:
    std::vector<std::uint32_t> where_;  // by index: place in pool_ plus 1, 0 = none
    std::vector<std::unique_ptr<T>> pool_;
    std::vector<std::uint32_t> free_;  // places plus 1
};

}  // namespace volant::collect
