// Ingest: an event's way into the log. A network thread prepares it (encodes, fingerprints); in its
// turn on the apply thread it is compared with what came before, and appended. The folds see it
// through Turn::append(), as they will when the log is read again; nothing here changes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "collect/dedup.h"
#include "collect/event.h"
#include "collect/fingerprint.h"
#include "collect/schema.h"
#include "core/result.h"
#include "log/runner.h"
#include "spec/spec.h"

namespace volant::collect {

// An event that keeps the rules of event_rules.h, ready for its turn.
struct PreparedEvent {
    EventDraft draft;
    Hash128 fingerprint;           // zero unless the client gave the id
    bool is_generated_id = false;  // the client sent an id that we made: a duplicate by itself
    std::string clear, sealed;     // as they will stand in the log
    // Bytes that it takes in the log: for Command::append_bytes_max.
    std::size_t record_bytes() const;
};
PreparedEvent prepare_event(const spec::Spec& spec, const Fingerprints& fingerprints,
                            EventDraft draft);

// A check of an event's body, to notice another body under a known id (1 in 65,536 goes unnoticed).
// The time belongs to the body if the client gave it. For Dedup::insert by whoever folds events.
std::uint16_t event_body_check(std::string_view clear, std::string_view sealed, Micros event_time);

// What known_at shall be.
enum class KnownAt {
    kArrival,  // the turn's time
    kAssumed,  // imported history: the event's own time, flagged kKnownAtAssumed
};

struct Ingested {
    bool duplicate = false;
    bool other_body = false;  // a duplicate whose body differs from the first one
    log::Lsn lsn = 0;         // of the event, or of the one that it repeats
};

class Ingest {
  public:
    // Views of the folds; they must outlive it. Apply thread only.
    Ingest(const Dedup& dedup, const Schema& schema) : dedup_(dedup), schema_(schema) {}

    // A known id is a duplicate whatever else is wrong with it. Errors: kWrongType, kOutOfRange
    // (Schema), kTimeOutOfRange, each with its field; then nothing was appended.
    Result<Ingested> one(const PreparedEvent& event, log::Turn& turn,
                         KnownAt known_at = KnownAt::kArrival) const;

    // All or nothing: with any error nothing is appended and `ingested` is empty.
    struct Outcome {
        std::vector<std::pair<std::size_t, Error>>
            errors;  // by index; fields begin with it ("/3/time")
        std::vector<Ingested> ingested;
    };
    Outcome all(std::span<const PreparedEvent> events, log::Turn& turn) const;

  private:
    std::optional<Ingested> duplicate_of(const PreparedEvent& event, const log::Turn& turn) const;
    Status check(const PreparedEvent& event, const log::Turn& turn, Schema::Batch* batch) const;
    static log::Lsn append(const PreparedEvent& event, log::Turn& turn, KnownAt known_at);

    const Dedup& dedup_;
    const Schema& schema_;
};

}  // namespace volant::collect
