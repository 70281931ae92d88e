#include "collect/complaints.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace volant::collect {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Eight bytes at a time (Warren, "Hacker's Delight", 6-1): the top bit of each byte says what its
// seven others are; bytes beyond ASCII are no controls.
bool any_control(std::uint64_t bytes) {
    constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x80 * kOnes;
    const std::uint64_t seven = bytes & ~kTops;
    const std::uint64_t not_low = seven + (0x80 - 0x20) * kOnes;  // 0x20 and above
    const std::uint64_t deleted = seven + kOnes;                  // 0x7f
    return ((~not_low | deleted) & ~bytes & kTops) != 0;
}

bool has_control(std::string_view text) {
    std::uint64_t bytes = 0;
    if (text.size() < 4) return std::any_of(text.begin(), text.end(), is_control);
    if (text.size() < 8) {  // the first four and the last, which may overlap
        std::memcpy(&bytes, text.data(), 4);
        std::memcpy(reinterpret_cast<char*>(&bytes) + 4, text.data() + text.size() - 4, 4);
        return any_control(bytes);
    }
    for (std::size_t at = 0; at + 8 <= text.size(); at += 8) {
        std::memcpy(&bytes, text.data() + at, 8);
        if (any_control(bytes)) return true;
    }
    std::memcpy(&bytes, text.data() + text.size() - 8, 8);
    return any_control(bytes);
}

}  // namespace

std::string property_pointer(std::string_view name) {
    std::string text = "/properties/";
    for (const char c : name) {
        if (c == '~') {
            text += "~0";
        } else if (c == '/') {
            text += "~1";
        } else {
            text += c;
        }
    }
    return text;
}

std::string property_label(std::string_view event, std::string_view entity, std::string_view name) {
    return entity.empty() ? fmt::format("\"{}\" of \"{}\"", name, event)
                          : fmt::format("attribute \"{}\" of \"{}\"", name, entity);
}

Error contradicts(std::string_view label, std::string_view how, std::string_view known,
                  const Value& found, std::string_view name) {
    return fail(Code::kWrongType,
                fmt::format("{} is {} {}, found {} {}", label, how, known, type_name(found.type()),
                            describe(found)),
                property_pointer(name));
}

bool is_name(std::string_view name) {
    if (name.empty() || name.size() > kNameMax) return false;
    return !has_control(name);
}

Error bad_name(std::string_view name, std::string_view what, std::string field) {
    if (name.empty() || name.size() > kNameMax)
        return fail(
            Code::kOutOfRange,
            fmt::format("found {} of {} bytes, expected 1 to {}", what, name.size(), kNameMax),
            std::move(field));
    return fail(Code::kOutOfRange, fmt::format("found a control character in {}", what),
                std::move(field));
}

}  // namespace volant::collect
