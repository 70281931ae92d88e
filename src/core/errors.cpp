#include "core/errors.h"

#include <array>

namespace volant {
namespace {

constexpr ErrorRow kTable[] = {
    {Code::kInvalidJson, "invalid_json", 400, 2, false,
     "The body is not the JSON that was expected."},
    {Code::kInvalidUtf8, "invalid_utf8", 400, 2, false, "A string is not valid UTF-8."},
    {Code::kUnknownField, "unknown_field", 400, 2, false,
     "A field or parameter that this place does not know."},
    {Code::kMissingField, "missing_field", 400, 2, false,
     "A field that is required here is not there."},
    {Code::kWrongType, "wrong_type", 400, 2, false,
     "A value has another type than the one that is known or declared."},
    {Code::kOutOfRange, "out_of_range", 400, 2, false, "A value lies outside its bounds."},
    {Code::kInvalidTime, "invalid_time", 400, 2, false,
     "A time is not ISO 8601 with a zone, nor a number."},
    {Code::kTimeOutOfRange, "time_out_of_range", 400, 2, false,
     "A time lies before 1900, too far in the future, or before the clock."},
    {Code::kTooDeep, "too_deep", 400, 2, false, "Arrays or objects are nested too deeply."},
    {Code::kDuplicateKey, "duplicate_key", 400, 2, false, "A key stands twice in one object."},
    {Code::kInvalidSpec, "invalid_spec", 400, 2, false,
     "volant.yaml says something that cannot be."},
    {Code::kUsage, "usage", 400, 2, false, "The command line or the request is not understood."},
    {Code::kUnauthenticated, "unauthenticated", 401, 2, false, "No key, or one that is not known."},
    {Code::kForbidden, "forbidden", 403, 2, false,
     "The key lacks the scope, or the origin is not allowed."},
    {Code::kNotFound, "not_found", 404, 2, false, "Nothing has this name or id."},
    {Code::kMethodNotAllowed, "method_not_allowed", 405, 2, false,
     "The route exists, but not with this method."},
    {Code::kConflict, "conflict", 409, 2, false, "The state does not allow this now."},
    {Code::kNotTrained, "not_trained", 409, 2, false, "The model has no such version yet."},
    {Code::kTooLarge, "too_large", 413, 2, false,
     "The body, an event or a list exceeds its limit."},
    {Code::kUnsupportedMediaType, "unsupported_media_type", 415, 2, false,
     "The content type or encoding is not read here."},
    {Code::kRateLimited, "rate_limited", 429, 3, true,
     "More requests than this key or address may send."},
    {Code::kRecovering, "recovering", 503, 3, true, "The server is reading its log after a start."},
    {Code::kOverloaded, "overloaded", 503, 3, true, "A bounded queue is full."},
    {Code::kStorageFull, "storage_full", 503, 3, true, "The disk is full; nothing was written."},
    {Code::kNotCaughtUp, "not_caught_up", 503, 3, true,
     "The place named by min_lsn has not been reached yet."},
    {Code::kNoWorkspace, "no_workspace", 500, 2, false,
     "No volant.yaml here or in a folder above."},
    {Code::kUnavailable, "unavailable", 500, 3, true,
     "The machine says no: a port, a lock, a file, a disk."},
    {Code::kCorrupt, "corrupt", 500, 4, false, "Stored data are damaged."},
    {Code::kCancelled, "cancelled", 500, 130, true, "Interrupted; what was done is kept."},
    {Code::kInternal, "internal", 500, 3, true, "A fault of the server's own; please report it."},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < std::size(kTable); ++i) {
        if (kTable[i].code != static_cast<Code>(i)) return false;
    }
    return std::size(kTable) == static_cast<std::size_t>(Code::kInternal) + 1;
}
static_assert(in_order(), "one row for each Code, in the order of the enum");

}  // namespace

std::span<const ErrorRow> error_table() {
    return kTable;
}

const ErrorRow& error_row(Code code) {
    return kTable[static_cast<std::size_t>(code)];
}

}  // namespace volant
