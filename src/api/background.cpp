#include "api/background.h"

namespace volant::api {

Background::Background() {
    thread_ = std::thread([this] {
        while (true) {
            std::function<void()> task;
            {
                std::unique_lock guard(lock_);
                ready_.wait(guard, [&] { return stopping_ || !waiting_.empty(); });
                if (stopping_) return;
                task = std::move(waiting_.front());
                waiting_.pop_front();
            }
            task();
        }
    });
}

Background::~Background() {
    {
        const std::lock_guard guard(lock_);
        stopping_ = true;
    }
    ready_.notify_all();
    thread_.join();
}

Status Background::run(std::function<void()> task) {
    const std::lock_guard guard(lock_);
    if (waiting_.size() >= kWaitingMax)
        return fail(Code::kOverloaded, "too many requests that read the log wait already");
    waiting_.push_back(std::move(task));
    ready_.notify_one();
    return {};
}

}  // namespace volant::api
