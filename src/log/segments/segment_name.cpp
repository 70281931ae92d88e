#include "log/segments/segment_name.h"

#include <charconv>

namespace volant::log {
namespace {

constexpr std::size_t kDigits = 20;

}  // namespace

std::string numbered(std::uint64_t number, std::string_view suffix) {
    const std::string digits = std::to_string(number);
    return std::string(kDigits - digits.size(), '0') + digits + std::string(suffix);
}
std::string segment_name(Lsn first_lsn) {
    return numbered(first_lsn, kSegmentSuffix);
}
std::string free_name(std::uint64_t number) {
    return numbered(number, kFreeSuffix);
}

std::optional<std::uint64_t> number_in_name(std::string_view name, std::string_view suffix) {
    if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
    if (error != std::errc() || end != name.data() + kDigits) return std::nullopt;
    return number;
}

}  // namespace volant::log
