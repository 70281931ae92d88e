// EventSender: imported events on their way into a workspace in this process, in commands of many
// events each. Back-pressure: when kInFlightMax commands wait for the disk, send() waits too.
//
// Threads: send() and finish() on one; answers come on the runner's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/workspace.h"
#include "collect/ingest.h"

namespace volant::cli {

class EventSender {
  public:
    static constexpr std::size_t kEventsMax = 1000;     // of one command
    static constexpr std::size_t kBytesMax = 4u << 20;  // of one command
    static constexpr std::size_t kInFlightMax = 8;      // commands
    static constexpr std::size_t kReasonsMax = 20;      // that are told apart

    explicit EventSender(api::Workspace& workspace) : workspace_(workspace) {}
    ~EventSender();  // waits for what is on its way

    // Takes an event; its record will say that when it became known is assumed. Errors: the one
    // that ended an earlier command (kStorageFull, kUnavailable).
    Status send(collect::EventDraft draft);
    // Sends what is left and waits for all answers.
    Status finish();

    // After finish(): of all that was sent.
    std::uint64_t duplicates() const { return duplicates_; }
    std::uint64_t refused() const { return refused_; }
    const std::map<std::string, std::uint64_t>& reasons() const { return reasons_; }

  private:
    class Batch;
    Status flush();
    void answered(const Batch& batch, const Status& status);

    api::Workspace& workspace_;
    std::vector<collect::PreparedEvent> events_;  // of the next command
    std::size_t bytes_ = 0;

    std::mutex lock_;
    std::condition_variable changed_;
    // Guarded by lock_.
    std::size_t in_flight_ = 0;
    Status failed_;
    std::uint64_t duplicates_ = 0;
    std::uint64_t refused_ = 0;
    std::map<std::string, std::uint64_t> reasons_;
};

}  // namespace volant::cli
