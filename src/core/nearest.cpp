#include "core/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace volant {
namespace {

constexpr std::size_t kLengthMax = 64;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Three rows of the distance table are enough: a swap looks back two.
std::size_t distance(std::string_view a, std::string_view b) {
    std::array<std::array<std::size_t, kLengthMax + 1>, 3> rows{};
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto& row = rows[i % 3];
        const auto& above = rows[(i + 2) % 3];
        const auto& two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                                 lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a.size() % 3][b.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view name,
                                        std::span<const std::string_view> known) {
    if (name.empty() || name.size() > kLengthMax) return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t best_distance = kLengthMax;
    for (const std::string_view candidate : known) {
        if (candidate.empty() || candidate.size() > kLengthMax) continue;
        const std::size_t allowed =
            std::max<std::size_t>(1, std::max(name.size(), candidate.size()) / 3);
        const std::size_t d = distance(name, candidate);
        // Of two letters or fewer nothing would be left to recognise.
        if (d > allowed || d >= std::max(name.size(), candidate.size())) continue;
        if (d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
    const auto found = nearest(name, known);
    return found ? "; did you mean \"" + std::string(*found) + "\"?" : std::string();
}

std::string name_hint(std::string_view name, std::span<const std::string_view> known) {
    constexpr std::size_t kNamesShown = 12;
    if (const auto found = nearest(name, known)) {
        return "did you mean \"" + std::string(*found) + "\"?";
    }
    if (known.empty()) return "no names are known here";
    std::string hint = "known here: ";
    for (std::size_t i = 0; i < std::min(known.size(), kNamesShown); ++i) {
        if (i > 0) hint += ", ";
        hint += known[i];
    }
    if (known.size() > kNamesShown) hint += ", ...";
    return hint;
}

}  // namespace volant
