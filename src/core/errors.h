// The one table of errors: what users, scripts and clients can meet.
//
// `docs/reference/errors.md`, the HTTP statuses and the exit codes are all made from it. To add an
// error, add a row; nothing else has to agree with it.
#pragma once

#include <span>
#include <string_view>

namespace volant {

enum class Code {
    kInvalidJson,
    kInvalidUtf8,
    kUnknownField,
    kMissingField,
    kWrongType,
    kOutOfRange,
    kInvalidTime,
    kTimeOutOfRange,
    kTooDeep,
    kDuplicateKey,
    kInvalidSpec,
    kUsage,
    kUnauthenticated,
    kForbidden,
    kNotFound,
    kMethodNotAllowed,
    kConflict,
    kNotTrained,
    kTooLarge,
    kUnsupportedMediaType,
    kRateLimited,
    kRecovering,
    kOverloaded,
    kStorageFull,
    kNotCaughtUp,
    kNoWorkspace,
    kUnavailable,
    kCorrupt,
    kCancelled,
    kInternal,
};

struct ErrorRow {
    Code code;
    std::string_view name;     // as it stands in `{"error":{"code":...}}`
    int http_status;
    int exit_code;             // of the command line
    bool retry;                // the same request may succeed later without a change
    std::string_view meaning;
};

// All rows, in the order of `Code`.
std::span<const ErrorRow> error_table();

const ErrorRow& error_row(Code code);

}  // namespace volant
