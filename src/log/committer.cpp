#include "log/committer.h"

#include <chrono>
#include <iterator>
#include <utility>

#include "log/caught.h"
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
            // All of them or, without memory, none.
            finished_.insert(finished_.end(), std::make_move_iterator(run.begin()),
                             std::make_move_iterator(run.end()));
        }
        wake(lock, filled_, waits_);
    }
    run.clear();
}

void Committer::fail(Error error) {
    std::unique_lock lock(mutex_);
    if (!given_up_) given_up_ = std::move(error);
    wake(lock, filled_, waits_);
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
        if (!failure_) guarded([this] { return commit(committing_.empty()); });
        answer();
    }
}

// False once the other half has ended and nothing is left. Empty-handed when idle for long.
bool Committer::take() {
    std::unique_lock lock(mutex_);
    const auto filled = [this] { return !finished_.empty() || appended_ || given_up_ || ended_; };
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
    std::optional<Error> given_up = std::exchange(given_up_, std::nullopt);
    lock.unlock();
    if (given_up) failed(*std::move(given_up));
    return more;
}

Status Committer::commit(bool idle) {
    auto wrote = log_.commit(0);
    // Even a full disk ends here: the fold has applied what the log could not keep.
    if (!wrote.ok()) return std::move(wrote).error().within("the log has failed");
    if (*wrote) claimed_ = false;
    if (*wrote || !idle || claimed_) return {};
    claimed_ = true;
    auto claim = log_.claim();
    if (!claim.ok()) return std::move(claim).error().within("the log has failed");
    return {};
}

// A done() that throws keeps no other from its answer, nor from a good one: they are durable.
void Committer::answer() {
    const Status committed = failure_ ? Status(*failure_) : Status();
    for (Finished& finished : committing_) {
        guarded([&] {
            finished.command->done(committed.ok() ? finished.status : committed);
            return Status();
        });
    }
    guarded([this] {
        on_done_(committing_);
        return Status();
    });
    committing_.clear();
}

template <class Work>
void Committer::guarded(Work work) {
    if (Status status = caught("the commit thread", work); !status.ok())
        failed(std::move(status).error());
}

// The first failure is the one that is told. Who applies may wait for room that nobody makes now.
void Committer::failed(Error error) {
    if (failure_) return;
    failure_ = volant::fail(Code::kUnavailable, std::move(error.message));
    guarded([this] {
        log_.give_up(*failure_);
        on_failure_(*failure_);
        return Status();
    });
}

}  // namespace volant::log
