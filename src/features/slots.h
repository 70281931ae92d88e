// Slots: rows of plain bytes with a fixed width, numbered from 0; a freed one is cleared and used
// again. Taken in chunks, so that growing copies nothing and references stay good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace volant::features {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = UINT32_MAX;

class Slots {
  public:
    // `width`: bytes of a slot, a multiple of 8.
    explicit Slots(std::size_t width) : width_(width) {}

    Slot take() {
        if (!free_.empty()) {
            const Slot slot = free_.back();
            free_.pop_back();
            return slot;
        }
        if (used_ % kChunkSlots == 0) {
            chunks_.push_back(std::make_unique<std::uint64_t[]>(kChunkSlots * width_ / 8));
        }
        return used_++;
    }
    void free(Slot slot) {
        std::memset(at(slot), 0, width_);
        free_.push_back(slot);
    }

    std::byte* at(Slot slot) {
        return reinterpret_cast<std::byte*>(chunks_[slot / kChunkSlots].get()) +
               slot % kChunkSlots * width_;
    }
    const std::byte* at(Slot slot) const {
        return reinterpret_cast<const std::byte*>(chunks_[slot / kChunkSlots].get()) +
               slot % kChunkSlots * width_;
    }
    std::size_t bytes() const {
        return chunks_.size() * kChunkSlots * width_ + free_.capacity() * sizeof(Slot);
    }

  private:
    static constexpr std::size_t kChunkSlots = 256;

    std::size_t width_;
    Slot used_ = 0;
    std::vector<Slot> free_;
    std::vector<std::unique_ptr<std::uint64_t[]>> chunks_;
};

}  // namespace volant::features
