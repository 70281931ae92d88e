#include "collect/prepared_events.h"

namespace volant::collect {
namespace {

constexpr std::size_t kUsualBytes = 256;  // of an event in a request
// An event's bytes are fewer than its JSON, but for a fingerprint and the like.
constexpr std::size_t kMoreBytes = 512;

}  // namespace

void PreparedEvents::reserve(std::size_t request_bytes) {
    places_.reserve(request_bytes / kUsualBytes + 1);
    bytes_.reserve(request_bytes + kMoreBytes);
}

void PreparedEvents::add(const spec::Spec& spec, const Fingerprints& fingerprints,
                         std::uint32_t index, EventView& event) {
    bool is_generated_id = false;
    if (event.id_given) {
        event.fingerprint = fingerprints.of(IdKind::kEvent, event.id);
        is_generated_id = fingerprints.is_generated_event_id(event.id);
    }
    const std::size_t begin = bytes_.size();
    const std::size_t clear_size = encode_event(spec, event, bytes_);
    const std::size_t sealed_size = bytes_.size() - begin - clear_size;
    places_.push_back({event.fingerprint, event.event_time, event.schema, begin,
                       static_cast<std::uint32_t>(clear_size),
                       static_cast<std::uint32_t>(sealed_size), index, event.id_given,
                       is_generated_id, event.time_given});
    log::Record record;
    record.event_time = record.known_at + 1;  // so that both are stored
    record.clear = bytes_.view().substr(begin, clear_size);
    record.sealed = bytes_.view().substr(begin + clear_size);
    record_bytes_ += log::encoded_size(record);
}

PreparedEvent PreparedEvents::operator[](std::size_t i) const {
    const Place& place = places_[i];
    const char* const clear = bytes_.view().data() + place.begin;
    PreparedEvent event;
    event.index = place.index;
    event.id_given = place.id_given;
    event.is_generated_id = place.is_generated_id;
    event.fingerprint = place.fingerprint;
    if (place.time_given) event.time = place.time;
    event.schema = place.schema;
    event.clear = {clear, place.clear_size};
    event.sealed = {clear + place.clear_size, place.sealed_size};
    return event;
}

}  // namespace volant::collect
