#include "collect/import/time_text.h"

#include <array>

#include "core/text.h"

namespace volant::collect {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A text that is read from front to back; each take says whether it found what it looked for.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    bool done() const { return rest_.empty(); }
    char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    std::string_view rest() const { return rest_; }
    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    // 1 to `digits_max` digits; gives how many.
    int number(int digits_max, int& out) {
        int count = 0;
        out = 0;
        while (count < digits_max && is_digit(peek())) {
            out = out * 10 + (peek() - '0');
            rest_.remove_prefix(1);
            ++count;
        }
        return count;
    }
    std::string_view word() {
        std::size_t size = 0;
        while (size < rest_.size() && is_letter(rest_[size])) ++size;
        const std::string_view word = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return word;
    }
    void spaces() {
        while (take(" ")) {
        }
    }

  private:
    std::string_view rest_;
};

struct Parts {
    int year = 0, month = 0, day = 0;
    int hour = 0, minute = 0, second = 0;
    int micros = 0;
};

// 1 to 12 by an English name or its first three letters; 0 for others.
int month_named(std::string_view word) {
    constexpr std::array<std::string_view, 12> kMonths = {
        "january", "february", "march",     "april",   "may",      "june",
        "july",    "august",   "september", "october", "november", "december"};
    if (word.size() < 3) return 0;
    const std::string lower = to_lower_ascii(word);
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
        if (lower == kMonths[i] || lower == kMonths[i].substr(0, 3)) return static_cast<int>(i) + 1;
    }
    return lower == "sept" ? 9 : 0;
}

// Two digits: 70 to 99 are of the last century.
int full_year(int year, int digits) {
    return digits > 2 ? year : year + (year >= 70 ? 1900 : 2000);
}

bool take_chinese_date(Scanner& in, Parts& parts) {
    if (!in.take("年") || in.number(2, parts.month) == 0 || !in.take("月")) return false;
    return in.number(2, parts.day) > 0 && (in.take("日") || in.take("号"));
}

// Behind the first number, `sep` and the rest of a numeric date whose year comes last.
bool take_year_last(Scanner& in, std::string_view sep, int first, const TimeForm& form,
                    DateEvidence* evidence, Parts& parts) {
    int second = 0;
    if (in.number(2, second) == 0 || !in.take(sep)) return false;
    const int digits = in.number(4, parts.year);
    if (digits != 2 && digits != 4) return false;
    parts.year = full_year(parts.year, digits);
    const bool dots = sep == ".";
    const bool day_first = dots || form.day_first;
    if (evidence != nullptr && !dots) {
        evidence->numeric = true;
        evidence->day_first |= first > 12;
        evidence->month_first |= second > 12;
    }
    parts.day = day_first ? first : second;
    parts.month = day_first ? second : first;
    // While evidence is gathered either order will do.
    if (evidence != nullptr && parts.month > 12) std::swap(parts.day, parts.month);
    return true;
}

// "Dec 1, 2010" and "1 Dec 2010" behind what has been read of them.
bool take_year_behind(Scanner& in, Parts& parts) {
    in.take(",");
    if (!in.take("-")) in.spaces();
    const int digits = in.number(4, parts.year);
    parts.year = full_year(parts.year, digits);
    return digits == 2 || digits == 4;
}

bool take_date(Scanner& in, const TimeForm& form, DateEvidence* evidence, Parts& parts) {
    if (is_letter(in.peek())) {
        parts.month = month_named(in.word());
        in.take(".");
        in.spaces();
        return parts.month > 0 && in.number(2, parts.day) > 0 && take_year_behind(in, parts);
    }
    int first = 0;
    const int digits = in.number(8, first);
    if (digits == 8) {  // or a number of seconds
        if (is_digit(in.peek()) || in.peek() == '.') return false;
        if (first < 19'000'101 || first > 21'001'231 || first / 100 % 100 > 12) return false;
        parts.year = first / 10000;
        parts.month = first / 100 % 100;
        parts.day = first % 100;
        return true;
    }
    if (digits == 4) {
        parts.year = first;
        for (const std::string_view sep : {"-", "/", "."}) {
            if (!in.take(sep)) continue;
            return in.number(2, parts.month) > 0 && in.take(sep) && in.number(2, parts.day) > 0;
        }
        return take_chinese_date(in, parts);
    }
    if (digits != 1 && digits != 2) return false;
    for (const std::string_view sep : {"/", "-", "."}) {
        const Scanner before = in;
        if (in.take(sep)) {
            if (is_digit(in.peek())) return take_year_last(in, sep, first, form, evidence, parts);
            in = before;
        }
    }
    if (!in.take("-")) in.spaces();
    parts.day = first;
    parts.month = month_named(in.word());
    in.take(".");
    return parts.month > 0 && take_year_behind(in, parts);
}

bool take_fraction(Scanner& in, int& micros) {
    if (!in.take(".") && !in.take(",")) return true;
    int digits = 0, scale = 100'000, digit = 0;
    for (; in.number(1, digit) == 1; ++digits, scale /= 10) micros += digit * scale;
    return digits >= 1 && digits <= 9;
}

// Hours, minutes, and what may follow: seconds, a fraction, AM or PM.
bool take_clock(Scanner& in, Parts& parts) {
    if (in.number(2, parts.hour) == 0) return false;
    const bool chinese = in.take("时") || in.take("点");
    if (!chinese && !in.take(":")) return false;
    if (in.number(2, parts.minute) == 0) return chinese && in.done();
    const bool seconds = chinese ? in.take("分") && is_digit(in.peek()) : in.take(":");
    if (seconds) {
        if (in.number(2, parts.second) == 0) return false;
        if (!take_fraction(in, parts.micros)) return false;
        in.take("秒");
    }
    const Scanner before = in;
    in.spaces();
    const std::string half = to_lower_ascii(in.word());
    if (half != "am" && half != "pm") {
        in = before;
        return true;
    }
    if (parts.hour < 1 || parts.hour > 12) return false;
    parts.hour = parts.hour % 12 + (half == "pm" ? 12 : 0);
    return true;
}

// `Z`, `UTC`, `GMT`, +hh:mm, +hhmm or +hh; true with nothing there too, and `given` says which.
bool take_zone(Scanner& in, int& offset_minutes, bool& given) {
    in.spaces();
    given = !in.done();
    if (!given || in.take("Z") || in.take("UTC") || in.take("GMT")) return true;
    const int sign = in.take("-") ? -1 : 1;
    if (sign == 1 && !in.take("+")) return false;
    int hours = 0, minutes = 0;
    if (in.number(2, hours) != 2) return false;
    in.take(":");
    if (!in.done() && in.number(2, minutes) != 2) return false;
    offset_minutes = sign * (hours * 60 + minutes);
    return hours <= 18 && minutes <= 59;
}

bool valid(const Parts& parts) {
    constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (parts.month < 1 || parts.month > 12 || parts.day < 1) return false;
    const bool leap = (parts.year % 4 == 0 && parts.year % 100 != 0) || parts.year % 400 == 0;
    const int days = parts.month == 2 && leap ? 29 : kDays[parts.month - 1];
    return parts.day <= days && parts.hour <= 23 && parts.minute <= 59 && parts.second <= 59;
}

std::optional<Micros> read_number(std::string_view text) {
    Scanner in(text);
    const bool negative = in.take("-");
    std::int64_t whole = 0;
    int digits = 0, digit = 0;
    for (; digits < 17 && in.number(1, digit) == 1; ++digits) whole = whole * 10 + digit;
    int micros = 0;
    const bool fraction = in.peek() == '.';
    if (digits == 0 || !take_fraction(in, micros) || !in.done()) return {};
    const auto time = time_from_number(negative ? -whole : whole);
    if (!time.ok()) return {};
    const bool seconds = whole < 100'000'000'000;
    if (fraction && seconds) return *time + (negative ? -micros : micros);
    return *time;
}

}  // namespace

bool may_be_time_text(std::string_view text) {
    constexpr std::size_t kShortest = 6, kLongest = 48;
    if (text.size() < kShortest || text.size() > kLongest) return false;
    if (is_letter(text.front())) return is_digit(text.back()) && text.find(' ') < 10;
    if (!is_digit(text.front())) return false;
    const std::size_t other = text.find_first_not_of("0123456789");
    if (other == std::string_view::npos || other > 4) return false;
    const char c = text[other];
    return c == '-' || c == '/' || c == ' ' || (c == '.' && other <= 2) ||
           text.substr(other).starts_with("年");
}

std::optional<Micros> read_time_text(std::string_view text, const TimeForm& form,
                                     DateEvidence* evidence) {
    text = trimmed(text);
    Scanner in(text);
    Parts parts;
    bool given = false;
    int offset = 0;
    if (take_date(in, form, evidence, parts)) {
        if (in.take("T")) {
            if (!take_clock(in, parts)) return {};
        } else {
            in.take(",");
            in.spaces();
            if (is_digit(in.peek()) && !take_clock(in, parts)) return {};
        }
        if (!take_zone(in, offset, given) || !valid(parts)) return {};
        if (evidence != nullptr) evidence->local |= !given;
        const Micros days = days_from_civil(parts.year, parts.month, parts.day);
        const Micros seconds = parts.hour * 3600 + parts.minute * 60 + parts.second;
        const Micros local = days * kDay + seconds * kSecond + parts.micros;
        const bool by_zone = !given && form.zone != nullptr;
        return by_zone ? form.zone->to_utc(local) : local - offset * kMinute;
    }
    return read_number(text);
}

}  // namespace volant::collect
