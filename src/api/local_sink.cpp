#include "api/local_sink.h"

#include "api/handler.h"

namespace volant::api {

class LocalSink::Pieces final : public StreamSink {
  public:
    Pieces(LocalSink& sink, Response head) : sink_(sink), response_(std::move(head)) {}

    bool write(std::string_view bytes) override {
        const std::lock_guard hold(lock_);
        if (closed_) return false;
        response_.body.append(bytes);
        return true;
    }
    void close() override {
        const std::lock_guard hold(lock_);
        if (std::exchange(closed_, true)) return;
        sink_.complete(std::move(response_));
    }

  private:
    LocalSink& sink_;
    std::mutex lock_;
    Response response_;  // guarded by lock_, as is the next one
    bool closed_ = false;
};

void LocalSink::complete(Response response) {
    const std::lock_guard hold(lock_);
    response.headers.insert(0, headers);
    response_ = std::move(response);
    done_.notify_one();  // under the lock: wait() may destroy this right after
}

std::shared_ptr<StreamSink> LocalSink::stream(Response head) {
    return std::make_shared<Pieces>(*this, std::move(head));
}

Response LocalSink::wait() {
    std::unique_lock hold(lock_);
    done_.wait(hold, [&] { return response_.has_value(); });
    return *std::move(response_);
}

Response ask(Handler& handler, Request request) {
    LocalSink sink;
    handler.handle(std::move(request), Responder(sink));
    return sink.wait();
}

}  // namespace volant::api
