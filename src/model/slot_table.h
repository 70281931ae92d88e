// SlotTable: 2^bits zeroed slots straight from the kernel, so that slots never touched cost no
// memory and large tables get huge pages. Moved, never copied by accident: clone() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/term.h"

namespace volant::model {

class SlotTable {
  public:
    explicit SlotTable(std::uint32_t bits);  // CHECKs 1..28 and the allocation
    ~SlotTable();
    SlotTable(SlotTable&& other) noexcept;
    SlotTable& operator=(SlotTable&& other) noexcept;
    SlotTable(const SlotTable&) = delete;
    SlotTable& operator=(const SlotTable&) = delete;

    SlotTable clone() const;
    void clear();  // all zero again

    Slot* data() { return slots_; }
    const Slot* data() const { return slots_; }
    std::size_t size() const { return std::size_t{1} << bits_; }
    std::uint32_t mask() const { return static_cast<std::uint32_t>(size() - 1); }
    std::size_t bytes() const { return size() * sizeof(Slot); }
    std::span<Slot> slots() { return {slots_, size()}; }
    std::span<const Slot> slots() const { return {slots_, size()}; }

  private:
    std::uint32_t bits_;
    Slot* slots_ = nullptr;
};

}  // namespace volant::model
