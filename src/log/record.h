// Record: the unit of the log. docs/formats/log.md has every byte.
//
// A record has three times: event_time (when it happened), known_at (when we could know it) and the
// lsn (its place). Its clear part holds what folds of items need (type, item ids, numbers); its
// sealable part holds the subject and what is said about it, so that destroying the subject's key
// erases a person without breaking the folds of items, the checksums or the replay of others.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace volant::log {

using Lsn = std::uint64_t;  // 1 is the first; 0 is "before everything"

// Stored: append only.
enum class RecordType : std::uint8_t {
    kTick = 1,   // time passed, nothing else
    kSpec = 2,   // the canonical specification from here on
    kEvent = 3,  // an event, $set, $unset, $delete, $link, $unlink, $identify
    kPrediction = 4,
    kFeedback = 5,
    kVersion = 6,   // a trained version was registered
    kDecision = 7,  // promote, roll back, start or end a gate: with its numbers
    kKey = 8,       // an API key was made or revoked
};

enum class Codec : std::uint8_t { kPlain = 0 };  // later: sealed

inline constexpr std::uint16_t kKnownAtAssumed = 1;  // imported: known_at is the event's own time

struct Record {
    Lsn lsn = 0;
    RecordType type = RecordType::kTick;
    Codec codec = Codec::kPlain;
    std::uint16_t flags = 0;
    std::uint64_t key_id = 0;  // the key that seals `sealed`; 0 = none
    Micros event_time = 0;
    Micros known_at = 0;
    std::string_view clear;
    std::string_view sealed;
};

// Appends the record's bytes (its lsn is its place and is not stored). Padded to 8 bytes.
// kRecordMax bounds what encoded_size() may be; keeping to it is the caller's duty.
void encode_record(const Record& record, std::string& out);
std::size_t encoded_size(const Record& record);

// Reads one record at the front of `bytes`; false if it is not whole or not one that this version
// writes. `used` gets its size. Views in `out` live as long as `bytes`; `out.lsn` is left alone.
bool decode_record(std::string_view bytes, Record& out, std::size_t& used);

// "tick", "spec", "event", ...; "unknown" for a type that this version does not write.
std::string_view record_type_name(RecordType type);

inline constexpr std::size_t kRecordMax = 40u << 20;

}  // namespace volant::log
