#include "cli/event_sender.h"

namespace volant::cli {

class EventSender::Batch final : public log::Command {
  public:
    Batch(EventSender& sender, std::vector<collect::PreparedEvent> events, std::size_t bytes)
        : sender_(sender), events_(std::move(events)) {
        append_bytes_max = bytes;
        // History moves a simulated clock to where it ends, and never back.
        const auto last = events_.back().draft.time;
        api::Workspace& workspace = sender.workspace_;
        if (workspace.spec().simulated_time && last && *last > workspace.clock().now())
            simulated_time = *last;
    }

    void run(log::Turn& turn) override {
        const optimize::Wheel& wheel = sender_.workspace_.wheel();
        const collect::Ingest ingest(wheel.dedup(), wheel.schema());
        for (const collect::PreparedEvent& event : events_) {
            const auto ingested = ingest.one(event, turn, collect::KnownAt::kAssumed);
            if (!ingested.ok()) {
                refusals_.push_back(ingested.error().message);
            } else if (ingested->duplicate) {
                ++duplicates_;
            }
        }
    }

    void done(const Status& status) override { sender_.answered(*this, status); }

    std::uint64_t duplicates() const { return duplicates_; }
    const std::vector<std::string>& refusals() const { return refusals_; }

  private:
    EventSender& sender_;
    const std::vector<collect::PreparedEvent> events_;
    std::uint64_t duplicates_ = 0;
    std::vector<std::string> refusals_;
};

EventSender::~EventSender() {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return in_flight_ == 0; });
}

Status EventSender::send(collect::EventDraft draft) {
    events_.push_back(
        collect::prepare_event(workspace_.spec(), workspace_.fingerprints(), std::move(draft)));
    bytes_ += events_.back().record_bytes();
    if (events_.size() < kEventsMax && bytes_ < kBytesMax) return {};
    return flush();
}

Status EventSender::flush() {
    if (events_.empty()) return {};
    {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [this] { return in_flight_ < kInFlightMax; });
        if (!failed_.ok()) return failed_;
        ++in_flight_;
    }
    workspace_.submit(
        std::make_unique<Batch>(*this, std::exchange(events_, {}), std::exchange(bytes_, 0)));
    return {};
}

Status EventSender::finish() {
    VOLANT_OK(flush());
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return in_flight_ == 0; });
    return failed_;
}

void EventSender::answered(const Batch& batch, const Status& status) {
    const std::lock_guard guard(lock_);
    if (status.ok()) {
        duplicates_ += batch.duplicates();
        refused_ += batch.refusals().size();
        for (const std::string& reason : batch.refusals()) {
            const bool room = reasons_.size() < kReasonsMax || reasons_.contains(reason);
            ++reasons_[room ? reason : "other reasons"];
        }
    } else if (failed_.ok()) {
        failed_ = status;
    }
    --in_flight_;
    changed_.notify_all();
}

}  // namespace volant::cli
