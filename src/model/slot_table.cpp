#include "model/slot_table.h"

#include "core/result.h"

namespace volant::model {
namespace {

// From here on the table leaves the TLB's reach, and huge pages pay for the memory they round up
// to.
constexpr std::size_t kHugePagesFrom = std::size_t{32} << 20;

std::size_t slots_of(std::uint32_t bits) {
    VOLANT_CHECK(bits >= 1 && bits <= 28);
    return std::size_t{1} << bits;
}

}  // namespace

SlotTable::SlotTable(std::uint32_t bits) : bits_(bits), slots_(slots_of(bits), kHugePagesFrom) {}

SlotTable SlotTable::clone() const {
    SlotTable copy(bits_);
    for (std::size_t i = 0; i < size(); ++i) {
        const Slot& slot = data()[i];
        if (slot.weight != 0 || slot.first != 0 || slot.second != 0) copy.data()[i] = slot;
    }
    return copy;
}

void SlotTable::clear() {
    *this = SlotTable(bits_);
}

}  // namespace volant::model
