#include "core/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "core/text.h"
#include "core/time_zone.h"

namespace volant {
namespace {

struct Civil {
    std::int64_t year;
    int month, day;
};

Civil civil_from_days(std::int64_t z) {
    z += 719468;
    const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const auto doe = static_cast<std::uint32_t>(z - era * 146097);
    const std::uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const std::uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const std::uint32_t mp = (5 * doy + 2) / 153;
    const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
    const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
    return {static_cast<std::int64_t>(yoe) + era * 400 + (month <= 2), month, day};
}

int days_in_month(int year, int month) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[month - 1];
}

// Reads fixed-width digits and single characters off the front of a text.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}
    bool digits(int count, int& out) {
        if (text_.size() < static_cast<std::size_t>(count)) return false;
        out = 0;
        for (int i = 0; i < count; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return false;
            out = out * 10 + (text_[i] - '0');
        }
        text_.remove_prefix(count);
        return true;
    }
    bool take(char c) {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool done() const { return text_.empty(); }
    char peek() const { return text_.empty() ? '\0' : text_.front(); }

  private:
    std::string_view text_;
};

// `basic`: as ISO 8601 calls it, the form without hyphens and colons.
bool scan_date(Scanner& in, int& year, int& month, int& day, bool& basic) {
    if (!in.digits(4, year)) return false;
    basic = !in.take('-');
    return in.digits(2, month) && (basic || in.take('-')) && in.digits(2, day) && month >= 1 &&
           month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

// The seconds and a fraction of up to 9 digits, both optional; microseconds are what is kept.
bool scan_seconds(Scanner& in, int& second, int& micros, bool basic) {
    second = micros = 0;
    if (basic ? !is_digit(in.peek()) : !in.take(':')) return true;
    if (!in.digits(2, second) || second > 59) return false;
    if (!in.take('.') && !in.take(',')) return true;
    int count = 0;
    for (int scale = 100'000, digit; in.digits(1, digit); scale /= 10, ++count)
        micros += digit * scale;
    return count >= 1 && count <= 9;
}

enum class Zone { kNone, kGiven, kBad };

Zone scan_zone(Scanner& in, int& offset_minutes) {
    offset_minutes = 0;
    if (in.done()) return Zone::kNone;
    if (in.take('Z') || in.take('z')) return in.done() ? Zone::kGiven : Zone::kBad;
    const int sign = in.take('-') ? -1 : in.take('+') ? 1 : 0;
    int hours = 0, minutes = 0;
    if (sign == 0 || !in.digits(2, hours)) return Zone::kBad;
    if (!in.done()) {
        in.take(':');
        if (!in.digits(2, minutes)) return Zone::kBad;
    }
    if (!in.done() || hours > 18 || minutes > 59) return Zone::kBad;
    offset_minutes = sign * (hours * 60 + minutes);
    return Zone::kGiven;
}

Error invalid_time(std::string_view text, std::string_view what) {
    return fail(Code::kInvalidTime,
                fmt::format("found \"{}\"{}; expected ISO 8601 with a zone such as "
                            "2026-11-24T10:00:00Z, or a number",
                            text.substr(0, 60), what));
}

struct Unit {
    std::string_view name;
    Micros micros;
};
constexpr std::array<Unit, 7> kUnits = {{{"w", 7 * kDay},
                                         {"d", kDay},
                                         {"h", kHour},
                                         {"m", kMinute},
                                         {"s", kSecond},
                                         {"ms", kMillisecond},
                                         {"us", 1}}};

const Unit* find_unit(std::string_view name) {
    for (const Unit& unit : kUnits) {
        if (unit.name == name) return &unit;
    }
    return nullptr;
}

}  // namespace

std::int64_t days_from_civil(int year, int month, int day) {
    const int y = year - (month <= 2);
    const int era = (y >= 0 ? y : y - 399) / 400;
    const auto yoe = static_cast<std::uint32_t>(y - era * 400);
    const auto doy =
        static_cast<std::uint32_t>((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1);
    const std::uint32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return std::int64_t{era} * 146097 + static_cast<std::int64_t>(doe) - 719468;
}

Micros ZoneRule::to_utc(Micros local) const {
    return named ? named->to_utc(local) : local - offset_minutes * kMinute;
}

bool ZoneRule::operator==(const ZoneRule& other) const {
    const auto name = [](const ZoneRule& rule) { return rule.named ? rule.named->name() : ""; };
    return allow_local == other.allow_local && offset_minutes == other.offset_minutes &&
           name(*this) == name(other);
}

Result<Micros> parse_time(std::string_view text, const ZoneRule& zone) {
    Scanner in(text);
    int year, month, day, hour = 0, minute = 0, second = 0, micros = 0, offset = 0;
    bool basic = false;
    if (!scan_date(in, year, month, day, basic)) return invalid_time(text, "");
    if (in.take('T') || in.take('t') || in.take(' ')) {
        if (!in.digits(2, hour) || hour > 23 || (!basic && !in.take(':')) ||
            !in.digits(2, minute) || minute > 59 || !scan_seconds(in, second, micros, basic)) {
            return invalid_time(text, "");
        }
    } else if (basic || !in.done()) {
        // Eight digits alone may be a number; and a zone belongs to a time of day.
        return invalid_time(text, "");
    }
    const Zone given = scan_zone(in, offset);
    if (given == Zone::kBad) return invalid_time(text, "");
    const std::int64_t seconds =
        days_from_civil(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second;
    const Micros local = seconds * kSecond + micros;
    if (given == Zone::kGiven) return local - offset * kMinute;
    if (!zone.allow_local) return invalid_time(text, " without a zone");
    return zone.to_utc(local);
}

Result<Micros> time_from_number(double number) {
    if (!(std::fabs(number) < 9e18)) {
        return fail(Code::kTimeOutOfRange, fmt::format("found {}, which is no time", number));
    }
    const double magnitude = std::fabs(number);
    const double scale = magnitude < 1e11 ? 1e6 : magnitude < 1e14 ? 1e3 : 1;
    return static_cast<Micros>(std::floor(number * scale + 0.5));
}

Result<Micros> time_from_number(std::int64_t number) {
    const std::uint64_t magnitude =
        number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    if (magnitude < 100'000'000'000ull) return number * kSecond;
    if (magnitude < 100'000'000'000'000ull) return number * kMillisecond;
    return number;
}

Status check_time_range(Micros time, Micros now) {
    if (time >= kTimeMin && time <= now + kFutureMax) return {};
    return fail(Code::kTimeOutOfRange,
                fmt::format("found {}, expected a time from 1900 to {} (the clock and 10 minutes)",
                            format_time(time), format_time(now + kFutureMax)));
}

std::string format_time(Micros time) {
    std::int64_t days = time / kDay;
    Micros rest = time % kDay;
    if (rest < 0) {
        rest += kDay;
        --days;
    }
    const Civil date = civil_from_days(days);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", date.year, date.month,
                       date.day, rest / kHour, rest / kMinute % 60, rest / kSecond % 60,
                       rest % kSecond);
}

Result<Micros> parse_duration(std::string_view text) {
    const auto bad = [&] {
        return fail(Code::kInvalidTime,
                    fmt::format("found \"{}\", expected a duration such as 30m, 7d, 1h30m or all",
                                text.substr(0, 60)));
    };
    if (text == "all") return kNever;
    Micros total = 0;
    std::string_view rest = text;
    if (rest.empty()) return bad();
    while (!rest.empty()) {
        double number = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number,
                                                  std::chars_format::fixed);
        if (error != std::errc{} || !(number >= 0)) return bad();  // "nan" too
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        std::size_t letters = 0;
        while (letters < rest.size() && rest[letters] >= 'a' && rest[letters] <= 'z') ++letters;
        const Unit* unit = find_unit(rest.substr(0, letters));
        if (unit == nullptr) return bad();
        const double micros =
            number * static_cast<double>(unit->micros) + static_cast<double>(total);
        if (micros > 9e18) return bad();
        total = static_cast<Micros>(micros);
        rest.remove_prefix(letters);
    }
    return total;
}

std::string format_duration(Micros duration) {
    if (duration == kNever) return "all";
    if (duration == 0) return "0s";
    std::string out;
    for (const Unit& unit : kUnits) {
        if (unit.name == "w" || duration < unit.micros) continue;  // 14d reads better than 2w
        out += fmt::format("{}{}", duration / unit.micros, unit.name);
        duration %= unit.micros;
    }
    return out;
}

}  // namespace volant
