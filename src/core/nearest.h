// "Did you mean ...?": the known name that lies nearest to one that is not known.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace volant {

// The name with the fewest insertions, deletions, replacements and swaps of neighbours (Damerau, in
// the restricted form), upper and lower case being alike; the first one of several. None if even
// that one differs in more than a third of its letters (one for short names), or is longer than 64
// bytes. The view is one of `known`.
std::optional<std::string_view> nearest(std::string_view name,
                                        std::span<const std::string_view> known);

// `; did you mean "explore"?`, or nothing: to be put behind a message.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

// For an error's hint: `did you mean "explore"?`, or else `known here: explore, gate` (the first 12).
std::string name_hint(std::string_view name, std::span<const std::string_view> known);

}  // namespace volant
