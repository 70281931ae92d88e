#include "core/tzif.h"

#include <algorithm>
#include <optional>
#include <string>

#include "core/time.h"

namespace volant::tzif {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int32_t kOffsetMax = 26 * 3600;
constexpr std::int64_t kEarliest = -100'000'000'000;  // some files begin with the Big Bang

Error corrupt(std::string_view what) {
    return fail(Code::kCorrupt, "is no zoneinfo file that can be read: " + std::string(what));
}

// Big-endian numbers off the front of the file.
class Input {
  public:
    explicit Input(std::string_view bytes) : bytes_(bytes) {}
    bool ok() const { return ok_; }
    std::string_view rest() const { return bytes_; }
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) {
            ok_ = false;
            size = 0;
        }
        const std::string_view out = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return out;
    }
    std::uint8_t byte() {
        const std::string_view one = take(1);
        return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
    }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }

  private:
    std::uint64_t number(std::size_t size) {
        std::uint64_t out = 0;
        for (const char c : take(size)) out = out << 8 | static_cast<std::uint8_t>(c);
        return out;
    }
    std::string_view bytes_;
    bool ok_ = true;
};

struct Header {
    char version = 0;
    std::uint64_t utc_flags = 0, standard_flags = 0, leaps = 0, times = 0, types = 0, letters = 0;

    std::uint64_t block_size(std::uint64_t time_size) const {
        return times * (time_size + 1) + types * 6 + letters + leaps * (time_size + 4) +
               standard_flags + utc_flags;
    }
};

std::optional<Header> read_header(Input& in) {
    if (in.take(4) != "TZif") return std::nullopt;
    Header header;
    header.version = static_cast<char>(in.byte());
    in.take(15);
    for (std::uint64_t* count : {&header.utc_flags, &header.standard_flags, &header.leaps,
                                 &header.times, &header.types, &header.letters})
        *count = in.u32();
    if (!in.ok()) return std::nullopt;
    return header;
}

// The rule of the footer: the POSIX form of TZ, "CET-1CEST,M3.5.0,M10.5.0/3".
class Rule {
  public:
    // A day of each year, and the second of it in the time before the change.
    struct Day {
        enum class By { kWeekday, kJulian, kPlain } by = By::kWeekday;
        int month = 0, week = 0, weekday = 0;  // kWeekday; week 5 is the last one
        int day = 0;                           // kJulian: 1-365 without 29 February; kPlain: 0-365
        int seconds = 2 * 3600;

        std::int64_t at(int year) const;  // seconds since the epoch, of the local clock
    };

    static std::optional<Rule> parse(std::string_view text);

    int standard = 0, summer = 0;  // seconds east
    bool has_summer = false;
    Day begin, end;  // of summer time

  private:
    bool take(char c);
    bool take_name();
    bool take_number(int digits_max, int& out);
    bool take_clock(int hours_max, int& seconds);
    bool take_offset(int& seconds);
    bool take_day(Day& out);

    std::string_view in_;
};

bool Rule::take(char c) {
    if (in_.empty() || in_.front() != c) return false;
    in_.remove_prefix(1);
    return true;
}

bool Rule::take_name() {
    const bool quoted = take('<');
    std::size_t size = 0;
    const auto belongs = [&](char c) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        return letter || (quoted && (c == '+' || c == '-' || (c >= '0' && c <= '9')));
    };
    while (size < in_.size() && belongs(in_[size])) ++size;
    in_.remove_prefix(size);
    return size >= 3 && (!quoted || take('>'));
}

bool Rule::take_number(int digits_max, int& out) {
    out = 0;
    int digits = 0;
    for (; digits < digits_max && !in_.empty() && in_.front() >= '0' && in_.front() <= '9';
         ++digits) {
        out = out * 10 + (in_.front() - '0');
        in_.remove_prefix(1);
    }
    return digits > 0;
}

// [+-]h[h[h]][:mm[:ss]]
bool Rule::take_clock(int hours_max, int& seconds) {
    const int sign = take('-') ? -1 : 1;
    if (sign == 1) take('+');
    int hours = 0, minutes = 0, rest = 0;
    if (!take_number(3, hours) || hours > hours_max) return false;
    if (take(':') && (!take_number(2, minutes) || minutes > 59)) return false;
    if (take(':') && (!take_number(2, rest) || rest > 59)) return false;
    seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
}

// POSIX counts it west of Greenwich.
bool Rule::take_offset(int& seconds) {
    if (!take_clock(24, seconds)) return false;
    seconds = -seconds;
    return true;
}

bool Rule::take_day(Day& out) {
    if (!take(',')) return false;
    if (take('M')) {
        out.by = Day::By::kWeekday;
        if (!take_number(2, out.month) || !take('.') || !take_number(1, out.week) || !take('.') ||
            !take_number(1, out.weekday))
            return false;
        if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.weekday > 6)
            return false;
    } else {
        out.by = take('J') ? Day::By::kJulian : Day::By::kPlain;
        const int least = out.by == Day::By::kJulian ? 1 : 0;
        if (!take_number(3, out.day) || out.day < least || out.day > 365) return false;
    }
    return !take('/') || take_clock(167, out.seconds);
}

std::optional<Rule> Rule::parse(std::string_view text) {
    Rule rule;
    rule.in_ = text;
    if (!rule.take_name() || !rule.take_offset(rule.standard)) return std::nullopt;
    if (!rule.in_.empty()) {
        rule.has_summer = true;
        rule.summer = rule.standard + 3600;
        if (!rule.take_name()) return std::nullopt;
        if (!rule.in_.empty() && rule.in_.front() != ',' && !rule.take_offset(rule.summer))
            return std::nullopt;
        if (!rule.take_day(rule.begin) || !rule.take_day(rule.end) || !rule.in_.empty())
            return std::nullopt;
    }
    return rule;
}

std::int64_t Rule::Day::at(int year) const {
    const std::int64_t new_year = days_from_civil(year, 1, 1);
    std::int64_t date = 0;
    switch (by) {
        case By::kPlain:
            date = new_year + day;
            break;
        case By::kJulian: {
            const bool leap = days_from_civil(year, 3, 1) - new_year == 60;
            date = new_year + day - 1 + (leap && day >= 60 ? 1 : 0);
            break;
        }
        case By::kWeekday: {
            const std::int64_t first = days_from_civil(year, month, 1);
            const std::int64_t next =
                month == 12 ? days_from_civil(year + 1, 1, 1) : days_from_civil(year, month + 1, 1);
            const std::int64_t first_weekday = ((first + 4) % 7 + 7) % 7;  // day 0 was a Thursday
            date = first + (weekday - first_weekday + 7) % 7 + 7 * (week - 1);
            while (date >= next) date -= 7;
            break;
        }
    }
    return date * kDaySeconds + seconds;
}

int year_of(std::int64_t at) {
    int year = 1969 + static_cast<int>(at / ((at < 0 ? 365 : 366) * kDaySeconds));
    while (days_from_civil(year + 1, 1, 1) * kDaySeconds <= at) ++year;
    return year;
}

// What the rule gives behind the table.
void extend(const Rule& rule, Table& table) {
    const bool none = table.changes.empty();
    if (none) table.first_offset = rule.standard;
    if (!rule.has_summer) return;
    const std::int64_t behind = none ? kTimeMin / kSecond - 1 : table.changes.back().at;
    const int from = year_of(behind);
    std::vector<Change> more;
    for (int year = from - 1; year <= from + kCycleYears + 1; ++year) {
        // Where both fall on one second, all the year is summer.
        more.push_back({rule.end.at(year) - rule.summer, rule.standard});
        more.push_back({rule.begin.at(year) - rule.standard, rule.summer});
    }
    std::ranges::stable_sort(more, {}, &Change::at);
    for (const Change& change : more)
        if (change.at > behind) table.changes.push_back(change);
    table.repeats = true;
}

}  // namespace

Result<Table> read(std::string_view bytes) {
    Input in(bytes);
    const auto narrow = read_header(in);
    if (!narrow) return corrupt("it does not begin with TZif and counts");
    if (narrow->version < '2') return corrupt("version 1 has no times beyond 2038");
    in.take(narrow->block_size(4));
    const auto header = read_header(in);
    if (!header || header->block_size(8) > in.rest().size() || header->types == 0)
        return corrupt("it ends early");
    if (header->leaps != 0) return corrupt("its times count leap seconds");

    Table table;
    table.changes.resize(header->times);
    for (Change& change : table.changes) change.at = in.i64();
    const std::string_view kinds = in.take(header->times);
    std::vector<std::int32_t> offsets;
    for (std::uint64_t i = 0; i < header->types; ++i) {
        offsets.push_back(in.i32());
        in.take(2);
        if (offsets.back() < -kOffsetMax || offsets.back() > kOffsetMax)
            return corrupt("an offset of more than 26 hours");
    }
    in.take(header->letters + header->standard_flags + header->utc_flags);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const auto kind = static_cast<std::uint8_t>(kinds[i]);
        if (kind >= offsets.size()) return corrupt("a time of a kind that is not there");
        table.changes[i].offset = offsets[kind];
        if (i > 0 && table.changes[i].at <= table.changes[i - 1].at)
            return corrupt("its times do not ascend");
        if (table.changes[i].at > -kEarliest) return corrupt("a time beyond the year 5000");
    }
    table.first_offset = offsets[0];
    const auto late =
        std::ranges::find_if(table.changes, [](const Change& c) { return c.at >= kEarliest; });
    if (late != table.changes.begin()) table.first_offset = std::prev(late)->offset;
    table.changes.erase(table.changes.begin(), late);

    std::string_view footer = in.rest();
    if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n')
        return corrupt("it ends early");
    footer = footer.substr(1, footer.size() - 2);
    if (footer.empty()) return table;  // nothing is known of the years behind
    const auto rule = Rule::parse(footer);
    if (!rule) return corrupt("its rule is \"" + std::string(footer.substr(0, 60)) + "\"");
    extend(*rule, table);
    return table;
}

}  // namespace volant::tzif
