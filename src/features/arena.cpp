#include "features/arena.h"

#include <bit>
#include <cstring>

#include "core/result.h"

namespace volant::features {

// Classes 0, 1, 2, 3, ... are 16, 24, 32, 48, 64, 96, ... bytes.
std::size_t Arena::class_bytes(std::size_t size_class) {
    const std::size_t power = std::size_t{16} << (size_class / 2);
    return size_class % 2 == 0 ? power : power + power / 2;
}

std::size_t Arena::class_of(std::size_t bytes) {
    if (bytes <= 16) return 0;
    const auto log2 = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // 2^log2 < bytes
    const std::size_t power = std::size_t{1} << log2;
    return bytes <= power + power / 2 ? (log2 - 4) * 2 + 1 : (log2 - 3) * 2;
}

Arena::Block Arena::allocate(std::size_t bytes) {
    VOLANT_CHECK(bytes > 0 && bytes <= kBlockBytesMax);
    const std::size_t size_class = class_of(bytes);
    const std::size_t size = class_bytes(size_class);
    live_ += size;
    if (const Block block = free_[size_class]; block != 0) {
        std::memcpy(&free_[size_class], at(block), sizeof(Block));
        return block;
    }
    if (next_ + size > kChunkBytes) {
        // The end of a chunk that is too short for this block stays unused: below 7 % of it.
        chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kChunkBytes));
        next_ = chunks_.size() == 1 ? 8 : 0;  // handle 0 means none
    }
    const auto unit = static_cast<Block>(((chunks_.size() - 1) << kUnitBits) + next_ / 8);
    next_ += size;
    return unit;
}

void Arena::release(Block block, std::size_t bytes) {
    const std::size_t size_class = class_of(bytes);
    live_ -= class_bytes(size_class);
    std::memcpy(at(block), &free_[size_class], sizeof(Block));
    free_[size_class] = block;
}

}  // namespace volant::features
