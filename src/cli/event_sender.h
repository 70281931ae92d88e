// EventSender: imported events on their way into a workspace, whoever holds it: many a request, and
// one request at a time beside the reading of the next.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "cli/client.h"
#include "collect/event_draft.h"
#include "collect/refusals.h"
#include "spec/spec.h"

namespace volant::cli {

class EventSender {
  public:
    // Of one request. More would hold the server's apply thread for longer than others like to
    // wait.
    static constexpr std::size_t kEventsMax = 500;
    static constexpr std::size_t kBytesMax = 2u << 20;

    // Both must outlive it; the client is its own until finish() has returned.
    EventSender(Client& client, const spec::Spec& spec) : client_(client), spec_(spec) {}

    // Takes the event of a line; its record will say that when it became known is assumed. Errors:
    // the one that ended an earlier request (kStorageFull, kUnavailable, kForbidden).
    Status send(const collect::EventDraft& draft, std::uint64_t line);
    // Sends what is left and waits for the last answer.
    Status finish();

    // After finish(): of all that was sent, which came in order of time. Of a request of which not
    // all was accepted, the earliest is taken to be its last one.
    Micros earliest_accepted() const { return earliest_accepted_; }  // kNever: nothing was
    std::uint64_t duplicates() const { return duplicates_; }
    const collect::Refusals& refusals() const { return refusals_; }

  private:
    Status flush();
    Status take_answer();

    Client& client_;
    const spec::Spec& spec_;
    std::string body_;                         // of the next request: NDJSON
    std::vector<std::uint64_t> lines_;         // of its events
    Micros first_time_ = 0, last_time_ = 0;    // of it
    std::vector<std::uint64_t> asked_lines_;   // of the events of the request that is out
    Micros first_asked_ = 0, last_asked_ = 0;  // of it
    std::future<Result<std::string>> answer_;  // to the request that is out

    std::uint64_t duplicates_ = 0;
    collect::Refusals refusals_;
    Micros earliest_accepted_ = kNever;
};

}  // namespace volant::cli
