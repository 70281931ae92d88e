// SlotTable: 2^bits slots, zeroed; those never touched cost no memory. Moved, never copied by
// accident: clone() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/zeroed_array.h"
#include "model/term.h"

namespace volant::model {

class SlotTable {
  public:
    explicit SlotTable(std::uint32_t bits);  // CHECKs 1..28

    SlotTable clone() const;
    void clear();  // all zero again

    Slot* data() { return slots_.data(); }
    const Slot* data() const { return slots_.data(); }
    std::size_t size() const { return std::size_t{1} << bits_; }
    std::uint32_t mask() const { return static_cast<std::uint32_t>(size() - 1); }
    std::size_t bytes() const { return size() * sizeof(Slot); }
    std::span<Slot> slots() { return slots_.span(); }
    std::span<const Slot> slots() const { return slots_.span(); }

  private:
    std::uint32_t bits_;
    ZeroedArray<Slot> slots_;
};

}  // namespace volant::model
