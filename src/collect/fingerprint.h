// Fingerprint: what Dedup keeps of a client's id, and the ids that are made for events without one.
//
// An id that we made carries a MAC and is recognised without being remembered: only an accepted
// event's id is ever told to a client, so one that comes back is a duplicate. It costs no memory
// that most events come without an id.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/random.h"
#include "core/secret.h"

namespace volant::collect {

// Ids of different kinds may be equal and are different. Stored within fingerprints: append only.
enum class IdKind : std::uint8_t { kEvent = 1, kPrediction = 2, kFeedback = 3 };

class Fingerprints {
  public:
    explicit Fingerprints(const secret::MacKey& key) : key_(key) {}

    // The same id under the same key has the same fingerprint, on every machine.
    Hash128 of(IdKind kind, std::string_view id) const;

    // 24 characters of base64url: 12 random bytes and 6 of their MAC.
    std::string generate_event_id(Random& random) const;
    bool is_generated_event_id(std::string_view id) const;

  private:
    secret::MacKey key_;
};

}  // namespace volant::collect
