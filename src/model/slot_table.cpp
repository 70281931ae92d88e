#include "model/slot_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

#include "core/result.h"

namespace volant::model {
namespace {

// From here on the table leaves the TLB's reach, and huge pages pay for the memory they round up
// to.
constexpr std::size_t kHugePagesFrom = std::size_t{32} << 20;

Slot* map_zeroed(std::size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    VOLANT_CHECK(memory != MAP_FAILED);
    if (bytes >= kHugePagesFrom) madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<Slot*>(memory);
}

}  // namespace

SlotTable::SlotTable(std::uint32_t bits) : bits_(bits) {
    VOLANT_CHECK(bits >= 1 && bits <= 28);
    slots_ = map_zeroed(bytes());
}

SlotTable::~SlotTable() {
    if (slots_ != nullptr) munmap(slots_, bytes());
}

SlotTable::SlotTable(SlotTable&& other) noexcept
    : bits_(other.bits_), slots_(std::exchange(other.slots_, nullptr)) {}

SlotTable& SlotTable::operator=(SlotTable&& other) noexcept {
    std::swap(bits_, other.bits_);
    std::swap(slots_, other.slots_);
    return *this;
}

SlotTable SlotTable::clone() const {
    SlotTable copy(bits_);
    for (std::size_t i = 0; i < size(); ++i) {
        const Slot& slot = slots_[i];
        if (slot.weight != 0 || slot.first != 0 || slot.second != 0) copy.slots_[i] = slot;
    }
    return copy;
}

void SlotTable::clear() {
    *this = SlotTable(bits_);
}

}  // namespace volant::model
