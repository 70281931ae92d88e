// Ingest: an event's way into the log. A network thread has prepared it; in its turn on the apply
// thread it is compared with what came before, and appended. The folds see it through
// Turn::append(), as they will when the log is read again; nothing here changes them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/dedup.h"
#include "collect/event.h"
#include "collect/event_reader.h"
#include "collect/prepared_events.h"
#include "collect/published_schema.h"
#include "collect/schema.h"
#include "core/result.h"
#include "log/runner.h"
#include "spec/spec.h"

namespace volant::collect {

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
    // Views of the folds, and what they read events by; they must outlive it. Apply thread only.
    Ingest(const Dedup& dedup, const Schema& schema, EventReader& reader)
        : dedup_(dedup), schema_(schema), reader_(reader) {}

    // For EventParser, so that most events need no check of the schema here. Threads: any.
    const PublishedSchema& published() const { return *published_; }

    // A known id is a duplicate whatever else is wrong with it. Errors: kWrongType, kOutOfRange
    // (Schema), kTimeOutOfRange, each with its field; then nothing was appended.
    Result<Ingested> one(const PreparedEvent& event, log::Turn& turn,
                         KnownAt known_at = KnownAt::kArrival);

    // one() of each event, in order: `on(const PreparedEvent&, Result<Ingested>)`. What one() will
    // ask for is fetched into the cache some events ahead: most ids are far apart in memory.
    template <class On>
    void each(const PreparedEvents& events, log::Turn& turn, KnownAt known_at, On&& on) {
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (i + kAhead < events.size()) prefetch(events[i + kAhead]);
            const PreparedEvent event = events[i];
            on(event, one(event, turn, known_at));
        }
    }

    // All or nothing: with any error nothing is appended and `ingested` is empty.
    struct Outcome {
        std::vector<std::pair<std::size_t, Error>>
            errors;  // by index in the request; fields begin with it ("/3/time")
        std::vector<Ingested> ingested;
    };
    Outcome all(const PreparedEvents& events, log::Turn& turn);

  private:
    static constexpr std::size_t kAhead = 4;

    void prefetch(const PreparedEvent& event) const {
        if (event.id_given) dedup_.prefetch(event.fingerprint);
    }
    std::optional<Ingested> duplicate_of(const PreparedEvent& event, const log::Turn& turn) const;
    Status check(const PreparedEvent& event, const log::Turn& turn, Schema::Batch* batch);
    void publish();
    static log::Lsn append(const PreparedEvent& event, log::Turn& turn, KnownAt known_at);

    const Dedup& dedup_;
    const Schema& schema_;
    EventReader& reader_;
    std::unique_ptr<PublishedSchema> published_ = std::make_unique<PublishedSchema>();
    std::size_t unpublished_ = 0;  // events that were checked under a state that is not published
};

}  // namespace volant::collect
