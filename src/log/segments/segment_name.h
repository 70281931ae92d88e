// Names of the files in a log's folder. docs/formats/log.md, "Files".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/record.h"

namespace volant::log {

inline constexpr std::string_view kSegmentSuffix = ".seg";  // <first_lsn>.seg, 20 digits
inline constexpr std::string_view kFreeSuffix = ".free";    // <number>.free: ready to be used
inline constexpr std::string_view kFillingName = "filling.tmp";

std::string segment_name(Lsn first_lsn);
std::string free_name(std::uint64_t number);
std::string numbered(std::uint64_t number, std::string_view suffix);

// The number before `suffix` in a name made by the functions above; nullopt for any other name.
std::optional<std::uint64_t> number_in_name(std::string_view name, std::string_view suffix);

}  // namespace volant::log
