#include "core/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/files.h"
#include "core/nearest.h"
#include "core/tzif.h"

namespace volant {
namespace {

constexpr std::size_t kFileBytesMax = 1u << 20;
constexpr std::size_t kNamesMax = 5'000;
constexpr Micros kCycle = tzif::kCycleYears / 400 * 146'097 * kDay;

std::string zoneinfo_folder() {
    const char* set = std::getenv("TZDIR");
    return set != nullptr && *set != '\0' ? set : "/usr/share/zoneinfo";
}

// Area/Place, and nothing that leads out of the folder.
bool is_name(std::string_view name) {
    const auto belongs = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '+' || c == '/';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '/' &&
           std::ranges::all_of(name, belongs);
}

// Every zone of the folder, but for the copies of all of them in its posix/ and right/.
std::vector<std::string> all_names(const std::string& folder) {
    namespace fs = std::filesystem;
    std::vector<std::string> names;
    std::error_code error;
    fs::recursive_directory_iterator it(folder, error);
    for (; !error && it != fs::recursive_directory_iterator() && names.size() < kNamesMax;
         it.increment(error)) {
        const std::string name = it->path().lexically_relative(folder).string();
        std::error_code of_type;
        if (name == "posix" || name == "right") it.disable_recursion_pending();
        const bool upper = name[0] >= 'A' && name[0] <= 'Z';
        if (upper && is_name(name) && it->is_regular_file(of_type)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

// By the whole name, else by the place alone: Shanghai.
std::string near(const std::string& name, const std::vector<std::string>& all) {
    std::vector<std::string_view> names(all.begin(), all.end());
    if (const auto found = nearest(name, names)) return std::string(*found);
    const std::string place = name.substr(name.rfind('/') + 1);
    std::vector<std::string_view> places;
    for (const std::string_view one : names) places.push_back(one.substr(one.rfind('/') + 1));
    const auto found = nearest(place, places);
    if (!found) return {};
    return all[static_cast<std::size_t>(std::ranges::find(places, *found) - places.begin())];
}

constexpr int kZoneMinutesMax = 14 * 60;

}  // namespace

std::optional<int> read_offset(std::string_view text) {
    if (text == "UTC" || text == "Z") return 0;
    if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    std::string digits(text.substr(1));
    if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
    const bool all_digits =
        std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (digits.size() != 4 || !all_digits) return std::nullopt;
    const int hours = (digits[0] - '0') * 10 + (digits[1] - '0');
    const int minutes = (digits[2] - '0') * 10 + (digits[3] - '0');
    const int total = hours * 60 + minutes;
    if (minutes >= 60 || total > kZoneMinutesMax) return std::nullopt;
    return text[0] == '-' ? -total : total;
}

Result<ZoneRule> read_zone(const std::string& text) {
    if (const auto offset = read_offset(text)) return ZoneRule{true, *offset, {}};
    auto zone = TimeZone::load(text);
    if (zone.ok()) return ZoneRule{true, 0, *std::move(zone)};
    const std::string shown = text.size() > 40 ? text.substr(0, 40) + "..." : text;
    return fail(zone.error().code, "found \"" + shown +
                                       "\", expected UTC, an offset such as +01:00 or a zone such "
                                       "as Europe/Berlin: " +
                                       zone.error().message);
}

Result<std::shared_ptr<const TimeZone>> TimeZone::load(const std::string& name,
                                                       std::string folder) {
    if (folder.empty()) folder = zoneinfo_folder();
    if (is_name(name)) {
        if (const auto bytes = read_file(folder + "/" + name, kFileBytesMax); bytes.ok()) {
            auto zone = read(name, *bytes);
            if (!zone.ok()) return std::move(zone).error().within(folder + "/" + name);
            return std::make_shared<const TimeZone>(std::move(*zone));
        }
    }
    const std::vector<std::string> all = all_names(folder);
    if (all.empty()) {
        return fail(Code::kNotFound, "this machine has no time zones in " + folder +
                                         " (Debian's package tzdata), only offsets can be used");
    }
    const std::string known = near(name, all);
    return fail(Code::kNotFound, "there is no time zone \"" + name.substr(0, 64) + "\"" +
                                     (known.empty() ? "" : "; did you mean \"" + known + "\"?"));
}

Result<TimeZone> TimeZone::read(std::string name, std::string_view bytes) {
    VOLANT_TRY(const tzif::Table table, tzif::read(bytes));
    TimeZone zone(std::move(name));
    zone.repeats_ = table.repeats;
    std::int32_t before = table.first_offset;
    zone.stretches_.push_back({INT64_MIN, before * kSecond});
    for (const tzif::Change& change : table.changes) {
        // What lies between the two offsets was skipped, or comes twice: it keeps the old one.
        const Micros from = (change.at + std::max(before, change.offset)) * kSecond;
        zone.stretches_.push_back(
            {std::max(from, zone.stretches_.back().from), change.offset * kSecond});
        before = change.offset;
    }
    return zone;
}

Micros TimeZone::to_utc(Micros local) const {
    const Micros last = stretches_.back().from;
    if (repeats_ && local >= last) {
        const Micros cycles = ((local - last) / kCycle + 1) * kCycle;
        return to_utc(local - cycles) + cycles;
    }
    const auto next = std::ranges::upper_bound(stretches_, local, {}, &Stretch::from);
    return local - std::prev(next)->offset;
}

}  // namespace volant
