// Arena: the blocks behind feature state that has outgrown its slot.
//
// A block is named by a 32-bit handle, so that state holds 4 bytes where a pointer takes 8. Sizes
// are rounded up to classes at most 50 % apart; a freed block waits in its class's list for the
// next one. Memory is taken 1 MiB at a time and never given back: the bound is the peak of live
// state. Threads: allocate and release on the apply thread; at() wherever neither runs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace volant::features {

class Arena {
  public:
    using Block = std::uint32_t;  // 0 = none
    static constexpr std::size_t kBlockBytesMax = 64u << 10;

    // At least `bytes` (1..kBlockBytesMax), aligned to 8, not cleared.
    Block allocate(std::size_t bytes);
    // `bytes` as it was asked for.
    void release(Block block, std::size_t bytes);

    std::byte* at(Block block) { return chunks_[block >> kUnitBits].get() + offset(block); }
    const std::byte* at(Block block) const {
        return chunks_[block >> kUnitBits].get() + offset(block);
    }
    template <class T>
    T* as(Block block) {
        return reinterpret_cast<T*>(at(block));
    }
    template <class T>
    const T* as(Block block) const {
        return reinterpret_cast<const T*>(at(block));
    }

    std::size_t bytes() const { return chunks_.size() * kChunkBytes; }  // taken from the system
    std::size_t live_bytes() const { return live_; }                    // in blocks handed out

  private:
    static constexpr std::size_t kChunkBytes = 1u << 20;
    static constexpr unsigned kUnitBits = 17;  // a unit is 8 bytes; 2^17 of them make a chunk
    static constexpr std::size_t kClasses = 32;

    static std::size_t offset(Block block) {
        return std::size_t{block & ((1u << kUnitBits) - 1)} * 8;
    }
    static std::size_t class_of(std::size_t bytes);
    static std::size_t class_bytes(std::size_t size_class);

    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::array<Block, kClasses> free_{};
    std::size_t next_ = kChunkBytes;  // offset of the first unused byte of the last chunk
    std::size_t live_ = 0;
};

}  // namespace volant::features
