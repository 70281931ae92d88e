// The keys of one JSON object, to find a duplicate.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <string_view>

#include "core/text.h"

namespace volant::json {

// Holds views. Up to kFew keys are compared one by one; a set takes the rest.
class Keys {
  public:
    bool insert(std::string_view key) {  // false if it is there already
        const std::uint64_t tag = tag_of(key);
        for (std::uint32_t i = 0; i < count_; ++i) {
            if (tags_[i] == tag && same_text({few_[i].data, few_[i].size}, key)) return false;
        }
        if (count_ == kFew) [[unlikely]]
            return insert_many(key);
        tags_[count_] = tag;
        few_[count_++] = {key.data(), key.size()};
        return true;
    }

  private:
    static constexpr std::uint32_t kFew = 32;
    struct View {
        const char* data;
        std::size_t size;
    };
    // Its size and up to eight of its bytes: enough to tell most keys apart without a call.
    static std::uint64_t tag_of(std::string_view key) {
        const std::size_t size = key.size();
        const char* const p = key.data();
        std::uint64_t head = 0;
        if (size >= 8) {
            std::memcpy(&head, p, 8);
        } else if (size >= 4) {
            std::uint32_t front, back;
            std::memcpy(&front, p, 4);
            std::memcpy(&back, p + size - 4, 4);
            head = std::uint64_t{front} << 32 | back;
        } else if (size > 0) {
            const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(p[i]); };
            head = static_cast<std::uint64_t>(byte(0)) << 16 | byte(size / 2) << 8 | byte(size - 1);
        }
        return head ^ (static_cast<std::uint64_t>(size) << 56);
    }
    bool insert_many(std::string_view key);

    std::uint64_t tags_[kFew];  // the first count_ are set
    View few_[kFew];
    std::uint32_t count_ = 0;
    std::unique_ptr<std::set<std::string_view>> many_;  // ordered: no hash to attack
};

}  // namespace volant::json
