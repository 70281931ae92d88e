// PreparedEvents: the events of one request as they will stand in the log, encoded by a network
// thread into one piece of memory, ready for their turn on the apply thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/event.h"
#include "collect/fingerprint.h"
#include "spec/spec.h"

namespace volant::collect {

// One of them. Views live as long as the PreparedEvents, and until the next add().
struct PreparedEvent {
    std::uint32_t index = 0;       // in the request
    bool id_given = false;         // by the client
    bool is_generated_id = false;  // the client sent an id that we made: a duplicate by itself
    Hash128 fingerprint;           // zero unless the client gave the id
    std::optional<Micros> time;    // if the client gave it
    std::uint64_t schema = 0;      // EventView::schema
    std::string_view clear, sealed;

    std::string_view id() const { return event_id(sealed); }
};

class PreparedEvents {
  public:
    // Room for events of a usual size in a request of so many bytes; more only costs a move.
    void reserve(std::size_t request_bytes);
    // An event that keeps the rules of event_rules.h. Sets its fingerprint, if the client gave the
    // id.
    void add(const spec::Spec& spec, const Fingerprints& fingerprints, std::uint32_t index,
             EventView& event);

    std::size_t size() const { return places_.size(); }
    PreparedEvent operator[](std::size_t i) const;
    // A bound on what they take in the log: for Command::append_bytes_max.
    std::size_t record_bytes() const { return record_bytes_; }

  private:
    struct Place {
        Hash128 fingerprint;
        Micros time;
        std::uint64_t schema;
        std::size_t begin;  // in bytes_
        std::uint32_t clear_size, sealed_size;
        std::uint32_t index;
        bool id_given, is_generated_id, time_given;
    };
    std::vector<Place> places_;
    Bytes bytes_;
    std::size_t record_bytes_ = 0;
};

}  // namespace volant::collect
