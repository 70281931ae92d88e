// TextArena: many short texts that come and go, without a heap block for each.
//
// A text of up to 15 bytes, as most ids are, stands in its handle: whoever has the one at hand has
// the other. A longer one takes its size and 2 bytes, rounded up to 16; a removed one's room is
// used again by texts of the same rounded size. Memory is never given back before the arena dies:
// its owner bounds the number of texts.
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
    static constexpr std::size_t kTextMax = 256;  // no id is longer

    class Handle {
        friend class TextArena;
        std::array<char, 15> text_{};  // or the place in the arena, in the first four bytes
        std::uint8_t size_ = 0;        // kElsewhere: in the arena

        std::uint32_t place() const {
            std::uint32_t place;
            std::memcpy(&place, text_.data(), sizeof place);
            return place;
        }
    };

    TextArena() { free_.fill(kNone); }

    Handle add(std::string_view text) {
        VOLANT_CHECK(text.size() <= kTextMax);
        Handle handle;
        if (text.size() <= handle.text_.size()) {
            std::memcpy(handle.text_.data(), text.data(), text.size());
            handle.size_ = static_cast<std::uint8_t>(text.size());
            return handle;
        }
        const std::uint32_t place = take(units_for(text.size()));
        const auto size = static_cast<std::uint16_t>(text.size());
        std::memcpy(room(place), &size, kSizeBytes);
        std::memcpy(room(place) + kSizeBytes, text.data(), text.size());
        std::memcpy(handle.text_.data(), &place, sizeof place);
        handle.size_ = kElsewhere;
        return handle;
    }

    // Lives until the text is removed, and no longer than the handle.
    std::string_view at(const Handle& handle) const {
        if (handle.size_ != kElsewhere) return {handle.text_.data(), handle.size_};
        const char* text = room(handle.place());
        std::uint16_t size;
        std::memcpy(&size, text, kSizeBytes);
        return {text + kSizeBytes, size};
    }

    void remove(const Handle& handle) {
        if (handle.size_ != kElsewhere) return;
        std::uint32_t& head = free_[units_for(at(handle).size())];
        std::memcpy(room(handle.place()), &head, sizeof head);
        head = handle.place();
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint8_t kElsewhere = UINT8_MAX;
    static constexpr std::size_t kSizeBytes = 2;
    static constexpr std::size_t kUnit = 16;
    static constexpr std::uint32_t kChunkUnits = 4096;
    static constexpr std::size_t kUnitsMax = (kSizeBytes + kTextMax + kUnit - 1) / kUnit;

    static std::uint32_t units_for(std::size_t size) {
        return static_cast<std::uint32_t>((kSizeBytes + size + kUnit - 1) / kUnit);
    }
    char* room(std::uint32_t place) const {
        return chunks_[place / kChunkUnits].get() + place % kChunkUnits * kUnit;
    }

    std::uint32_t take(std::uint32_t units) {
        if (const std::uint32_t place = free_[units]; place != kNone) {
            std::memcpy(&free_[units], room(place), sizeof place);
            return place;
        }
        if (chunks_.empty() || used_ + units > kChunkUnits) {
            chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkUnits * kUnit));
            used_ = 0;
        }
        const auto place = static_cast<std::uint32_t>((chunks_.size() - 1) * kChunkUnits + used_);
        used_ += units;
        return place;
    }

    std::vector<std::unique_ptr<char[]>> chunks_;
    std::uint32_t used_ = 0;                         // units of the last chunk
    std::array<std::uint32_t, kUnitsMax + 1> free_;  // by units: the first of a list of rooms
};

}  // namespace volant::collect
