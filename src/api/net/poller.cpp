#include "api/net/poller.h"

#include <algorithm>

namespace volant::api {

Poller::Poller() : poll_(::epoll_create1(EPOLL_CLOEXEC)) {}

bool Poller::add(int socket, Watched& watched) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watched;
    return ::epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event) == 0;
}

void Poller::forget(Watched& watched) {
    for (int i = next_; i < end_; ++i) {
        auto& event = events_[static_cast<std::size_t>(i)];
        if (event.data.ptr == &watched) event.data.ptr = nullptr;
    }
    std::replace(telling_.begin(), telling_.end(), &watched, static_cast<Watched*>(nullptr));
    std::erase(again_, &watched);
}

bool Poller::turn() {
    telling_.swap(again_);
    for (std::size_t i = 0; i < telling_.size(); ++i) {
        if (telling_[i] != nullptr) telling_[i]->on_ready({.to_read = true});
    }
    telling_.clear();
    next_ = 0;
    end_ = std::max(0, ::epoll_wait(poll_, events_.data(), kTurnMax, 0));
    const bool more = end_ == kTurnMax;
    while (next_ < end_) {
        const epoll_event& event = events_[static_cast<std::size_t>(next_++)];
        if (event.data.ptr == nullptr) continue;
        const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        static_cast<Watched*>(event.data.ptr)
            ->on_ready({.to_read = ended || (event.events & EPOLLIN) != 0, .is_ended = ended});
    }
    return more || !again_.empty();
}

}  // namespace volant::api
