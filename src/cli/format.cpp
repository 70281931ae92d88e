#include <fmt/format.h>

#include <cmath>

#include "cli/terminal.h"

namespace volant::cli {
namespace {

// Length in bytes of the colour sequence at the front of `text`, or 0.
std::size_t escape_length(std::string_view text) {
    if (!text.starts_with("\x1b[")) return 0;
    const std::size_t end = text.find('m');
    return end == std::string_view::npos ? 0 : end + 1;
}

// The code point at the front of `text`, and its length in bytes; malformed bytes count one column
// each.
char32_t code_point(std::string_view text, std::size_t& length) {
    const auto first = static_cast<unsigned char>(text.front());
    length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (length > text.size()) length = 1;
    if (length == 1) return first;
    char32_t point = first & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        point = (point << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
    return point;
}

// East Asian wide ranges: enough for CJK titles.
bool is_wide(char32_t point) {
    return (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
           (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
           (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
           (point >= 0x1f300 && point <= 0x1faff) || (point >= 0x20000 && point <= 0x3fffd);
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        std::size_t length = escape_length(text);
        if (length == 0) width += is_wide(code_point(text, length)) ? 2 : 1;
        text.remove_prefix(length);
    }
    return width;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    std::string out;
    std::size_t width = 0;
    bool coloured = false;
    while (!text.empty()) {
        std::size_t length = escape_length(text);
        if (length > 0) {
            coloured = true;
        } else {
            width += is_wide(code_point(text, length)) ? 2 : 1;
            if (width > columns) return out + (coloured ? "\x1b[0m" : "");
        }
        out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::string format_count(std::uint64_t n) {
    std::string digits = std::to_string(n);
    for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
        digits.insert(static_cast<std::size_t>(i), ",");
    }
    return digits;
}

std::string format_rate(double per_second) {
    if (per_second < 10) return fmt::format("{:.2f}/s", per_second);
    return format_count(static_cast<std::uint64_t>(std::llround(per_second))) + "/s";
}

std::string format_bytes(std::uint64_t bytes) {
    constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024; ++unit) value /= 1024;
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string format_seconds(Micros duration) {
    const Micros whole = duration / kSecond;
    if (whole < 1) return fmt::format("{:.1f}s", static_cast<double>(duration) / kSecond);
    if (whole < 60) return fmt::format("{}s", whole);
    if (whole < 3600) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
    if (whole < 48 * 3600) return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
    return fmt::format("{}d {:02}h", whole / 86'400, whole / 3600 % 24);
}

std::string format_percent(double ratio) {
    return fmt::format("{:.1f}%", 100 * ratio);
}

std::string format_interval(double value, double low, double high) {
    return fmt::format("{:.1f}% [{:.1f}, {:.1f}]", 100 * value, 100 * low, 100 * high);
}

std::string format_lift(double ratio) {
    return fmt::format("{:+.1f}%", 100 * (ratio - 1));
}

}  // namespace volant::cli
