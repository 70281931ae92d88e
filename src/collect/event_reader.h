// EventReader: decodes the event at hand once, although two ask for it: Ingest, which checks it
// before it is appended, and whoever folds it, right after.
#pragma once

#include <utility>

#include "collect/event.h"
#include "core/result.h"
#include "log/record.h"
#include "spec/spec.h"

namespace volant::collect {

class EventReader {
  public:
    // The specification must outlive it.
    explicit EventReader(const spec::Spec& spec) : spec_(spec) {}

    // Before the append: what of `record`, which encode_event() made, is known by then, without its
    // lsn and times. Valid until the next call, and as long as the record's bytes.
    EventView& ahead(const log::Record& record) {
        view_event(spec_, record, event_);
        ahead_of_ = record.clear.data();
        return event_;
    }
    // The event will not be appended, or not next: its bytes may go away.
    void forget() { ahead_of_ = nullptr; }

    // The whole event. It may be changed, as Entities::observe does; valid until the next call.
    // Errors: kCorrupt.
    Result<EventView*> read(const log::Record& record) {
        if (std::exchange(ahead_of_, nullptr) != record.clear.data()) {
            VOLANT_OK(decode_event(spec_, record, event_));
            return &event_;
        }
        event_.lsn = record.lsn;
        event_.event_time = record.event_time;
        event_.known_at = record.known_at;
        return &event_;
    }

  private:
    const spec::Spec& spec_;
    EventView event_;                 // its vectors are used again
    const char* ahead_of_ = nullptr;  // the clear part of which event_ was decoded ahead
};

}  // namespace volant::collect
