// TextArena: many short texts that come and go, without a heap block for each.
//
// A text takes its size and 2 bytes, rounded up to 16; a removed one's room is used again by texts
// of the same rounded size. Memory is never given back before the arena dies: its owner bounds the
// number of texts.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace volant::collect {

class TextArena {
  public:
    using Handle = std::uint32_t;
    static constexpr std::size_t kTextMax = 256;  // no id is longer

    TextArena() { free_.fill(kNone); }

    Handle add(std::string_view text) {
        VOLANT_CHECK(text.size() <= kTextMax);
        const std::uint32_t units = units_for(text.size());
        const Handle handle = take(units);
        const auto size = static_cast<std::uint16_t>(text.size());
        std::memcpy(room(handle), &size, kSizeBytes);
        std::memcpy(room(handle) + kSizeBytes, text.data(), text.size());
        return handle;
    }

    // Lives until the text is removed.
    std::string_view at(Handle handle) const {
        const char* text = room(handle);
        std::uint16_t size;
        std::memcpy(&size, text, kSizeBytes);
        return {text + kSizeBytes, size};
    }

    void remove(Handle handle) {
        Handle& head = free_[units_for(at(handle).size())];
        std::memcpy(room(handle), &head, sizeof(Handle));
        head = handle;
    }

  private:
    static constexpr Handle kNone = UINT32_MAX;
    static constexpr std::size_t kSizeBytes = 2;
    static constexpr std::size_t kUnit = 16;
    static constexpr std::uint32_t kChunkUnits = 4096;
    static constexpr std::size_t kUnitsMax = (kSizeBytes + kTextMax + kUnit - 1) / kUnit;

    static std::uint32_t units_for(std::size_t size) {
        return static_cast<std::uint32_t>((kSizeBytes + size + kUnit - 1) / kUnit);
    }
    char* room(Handle handle) const {
        return chunks_[handle / kChunkUnits].get() + handle % kChunkUnits * kUnit;
    }

    Handle take(std::uint32_t units) {
        if (const Handle handle = free_[units]; handle != kNone) {
            std::memcpy(&free_[units], room(handle), sizeof(Handle));
            return handle;
        }
        if (chunks_.empty() || used_ + units > kChunkUnits) {
            chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkUnits * kUnit));
            used_ = 0;
        }
        const auto handle = static_cast<Handle>((chunks_.size() - 1) * kChunkUnits + used_);
        used_ += units;
        return handle;
    }

    std::vector<std::unique_ptr<char[]>> chunks_;
    std::uint32_t used_ = 0;                  // units of the last chunk
    std::array<Handle, kUnitsMax + 1> free_;  // by units: the first of a list through the rooms
};

}  // namespace volant::collect
