#include "api/background.h"

#include <memory>
#include <new>

#include "api/error_answer.h"
#include "core/logging.h"

namespace volant::api {
namespace {

Response answer_of(const std::function<Response(const IsWanted&)>& make,
                   const IsWanted& is_wanted) {
    if (!is_wanted()) return error_answer(client_gone());
    try {
        return make(is_wanted);
    } catch (const std::bad_alloc&) {
        return error_answer(fail(Code::kOverloaded, "memory ran out while the log was read"));
    } catch (const std::exception& exception) {
        logging::error("a request that reads the log has failed", {{"what", exception.what()}});
        return error_answer(
            fail(Code::kInternal, "the request has failed; the server's log says how"));
    }
}

}  // namespace

Error client_gone() {
    return fail(Code::kCancelled, "the client has gone");
}

Background::Background(std::size_t waiting_max)
    : waiting_max_(waiting_max), thread_([this] { work(); }) {}

Background::~Background() {
    {
        const std::lock_guard guard(lock_);
        stopping_ = true;
    }
    ready_.notify_all();
    thread_.join();
}

void Background::work() {
    while (true) {
        std::function<void()> task;
        {
            std::unique_lock guard(lock_);
            ready_.wait(guard, [&] { return stopping_ || !waiting_.empty(); });
            if (stopping_) return;
            task = std::move(waiting_.front());
            waiting_.pop_front();
        }
        try {
            task();
        } catch (const std::exception& exception) {
            logging::error("a task that reads the log has failed", {{"what", exception.what()}});
        }
    }
}

Status Background::run(std::function<void()> task) {
    const std::lock_guard guard(lock_);
    if (waiting_.size() >= waiting_max_)
        return fail(Code::kOverloaded, "too many requests that read the log wait already");
    waiting_.push_back(std::move(task));
    ready_.notify_one();
    return {};
}

void Background::answer(Responder responder, std::function<Response(const IsWanted&)> make) {
    auto shared = std::make_shared<Responder>(std::move(responder));
    const Status queued = run([shared, make = std::move(make)] {
        shared->send(answer_of(make, [&] { return shared->is_wanted(); }));
    });
    if (!queued.ok()) shared->send(error_answer(queued.error()));
}

}  // namespace volant::api
