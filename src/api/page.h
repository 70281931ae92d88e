// Pages: {"items":[],"next":null or "..."}, newest first, stable under writes.
#pragma once

#include <cstdint>
#include <string>

#include "api/route.h"
#include "core/json_writer.h"
#include "core/result.h"

namespace volant::api {

inline constexpr std::int64_t kPageDefault = 50;
inline constexpr std::int64_t kPageMax = 1000;
// A page of what users sent ends here too, though not before its first item: it stands in memory
// until its client has read it.
inline constexpr std::size_t kPageBytesMax = 4u << 20;

inline constexpr Field kPageQuery[] = {
    {.name = "limit",
     .kind = Kind::kInt,
     .text = "How many items; 50 by default.",
     .min = 1,
     .max = kPageMax},
    {.name = "cursor", .kind = Kind::kString, .text = "`next` of the page before."},
};

// Pages over things that are numbered in the order of their making: a cursor is the number of the
// last item given.
struct PageAsked {
    std::size_t limit = kPageDefault;
    std::uint64_t before = UINT64_MAX;  // items with a smaller number
};

// Errors: kOutOfRange for a cursor that no page gave.
Result<PageAsked> page_asked(const Call& call);

}  // namespace volant::api
