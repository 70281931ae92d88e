#include "collect/column_profile.h"

#include <charconv>
#include <cmath>

#include "core/text.h"

namespace volant::collect {
namespace {

bool padded(std::string_view digits) {
    return digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]);
}

std::string_view without_sign(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return text;
}

unsigned bit(Type type) {
    return 1u << static_cast<unsigned>(type);
}

}  // namespace

std::optional<std::int64_t> read_int_text(std::string_view text) {
    const std::string_view digits = without_sign(text);
    if (digits.empty() || digits.size() > 19 || !is_digit(digits.front()) || padded(digits))
        return {};
    std::int64_t v = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return v;
}

std::optional<double> read_double_text(std::string_view text) {
    const std::string_view digits = without_sign(text);
    if (digits.empty() || !(is_digit(digits.front()) || digits.front() == '.') || padded(digits))
        return {};
    constexpr std::size_t kDigitsMax = 40;  // longer ones are codes
    if (text.size() > kDigitsMax) return {};
    double v = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(v)) return {};
    return v;
}

std::optional<bool> read_bool_text(std::string_view text) {
    if (equal_ignoring_case(text, "true")) return true;
    if (equal_ignoring_case(text, "false")) return false;
    return {};
}

std::optional<std::string_view> whole_part(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot + 1 == text.size()) return {};
    if (text.find_first_not_of('0', dot + 1) != std::string_view::npos) return {};
    if (!read_int_text(text.substr(0, dot))) return {};
    return text.substr(0, dot);
}

void ColumnProfile::observe(const Cell& cell) {
    ++count_;
    if (!cell.typed) {
        observe_text(cell.text);
        return;
    }
    seen_ |= bit(cell.value.type());
    whole_floats_ = false;
}

void ColumnProfile::observe_text(std::string_view text) {
    text_ = true;
    if (whole_floats_) whole_floats_ = whole_part(text).has_value();
    if (ints_ && !read_int_text(text)) ints_ = false;
    if (doubles_ && !ints_) {
        // Digits beyond int64 are a code: a double would change them.
        const bool digits =
            without_sign(text).find_first_not_of("0123456789") == std::string_view::npos;
        doubles_ = digits ? read_int_text(text).has_value() : read_double_text(text).has_value();
    }
    if (bools_) bools_ = read_bool_text(text).has_value();
    if (times_) {
        times_ = may_be_time_text(text) && !read_double_text(text) &&
                 read_time_text(text, {}, &dates_).has_value();
    }
}

Type ColumnProfile::type() const {
    if (text_) {
        if (ints_) return Type::kInt;
        if (doubles_) return Type::kDouble;
        if (bools_) return Type::kBool;
        if (times_) return Type::kTime;
        return Type::kString;
    }
    const unsigned seen = seen_ & ~bit(Type::kNull);
    if (seen == 0) return Type::kNull;
    if (seen == (bit(Type::kInt) | bit(Type::kDouble))) return Type::kDouble;
    for (unsigned type = 0; type <= static_cast<unsigned>(Type::kList); ++type) {
        if (seen == 1u << type) return static_cast<Type>(type);
    }
    return Type::kString;
}

}  // namespace volant::collect
