#include "log/committer.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "log/wake.h"

namespace volant::log {
namespace {

// An idle log gets its claim after this long.
constexpr std::chrono::seconds kClaimAfter{1};

}  // namespace

void Committer::hand_over(std::vector<Finished>& run, bool appended) {
    {
        std::unique_lock lock(mutex_);
        appended_ |= appended;
        if (finished_.empty()) {
            std::swap(finished_, run);
        } else {
            std::move(run.begin(), run.end(), std::back_inserter(finished_));
        }
        wake(lock, filled_, waits_);
    }
    run.clear();
}

void Committer::end() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    filled_.notify_all();
}

void Committer::run() {
    while (take()) {
        const Status status = failure_ ? Status(*failure_) : commit(committing_.empty());
        if (!status.ok() && !failure_) {
            // Even a full disk ends here: the fold has applied what the log could not keep.
            failure_ = fail(Code::kUnavailable, "the log has failed: " + status.error().message);
            on_failure_(*failure_);
        }
        answer(status);
    }
}

// False once the other half has ended and nothing is left. Empty-handed when idle for long.
bool Committer::take() {
    std::unique_lock lock(mutex_);
    const auto filled = [this] { return !finished_.empty() || appended_ || ended_; };
    waits_ = true;
    if (claimed_ || failure_) {
        filled_.wait(lock, filled);
    } else {
        filled_.wait_for(lock, kClaimAfter, filled);
    }
    waits_ = false;
    const bool more = !finished_.empty() || appended_ || !ended_;
    std::swap(committing_, finished_);
    appended_ = false;
    return more;
}

Status Committer::commit(bool idle) {
    VOLANT_TRY(const bool wrote, log_.commit(0));
    if (wrote) claimed_ = false;
    if (wrote || !idle || claimed_) return {};
    claimed_ = true;
    VOLANT_TRY([[maybe_unused]] const bool claim, log_.claim());
    return {};
}

void Committer::answer(const Status& committed) {
    for (Finished& finished : committing_)
        finished.command->done(committed.ok() ? finished.status : committed);
    on_done_(committing_);
    committing_.clear();
}

}  // namespace volant::log
