// Loop: one network thread: its event loop, its connections, and the timer that sweeps them.
// Private to api/net; included by server.cpp alone, because it costs nine seconds to compile.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <ctime>
#include <exception>
#include <optional>
#include <thread>

#include "api/net/connection.h"
#include "api/net/poller.h"

namespace volant::api {

namespace asio = boost::asio;
using boost::system::error_code;

inline constexpr Micros kTickMin = 5 * kMillisecond;
inline constexpr Micros kTickMax = 500 * kMillisecond;
// Completions of one batch: what it hands on waits for its end. A turn of the poller ends it too.
inline constexpr int kBatchMax = 32;

// The event loop lives in the mailbox, because an Exchange that is still out may wake it at any
// time.
class LoopMailbox final : public Mailbox {
  public:
    using Mailbox::Mailbox;
    asio::io_context loop{1};
    Lane* lane = nullptr;

  protected:
    void wake() override {
        asio::post(loop, [this] { lane->drain(); });
    }
};

// A connection's socket and protocol together; owned by its loop until it closes.
class Session : public Transport {
  public:
    virtual void start() = 0;
    virtual Connection& connection() = 0;
    std::size_t place = 0;  // in Loop::sessions
};

inline std::string http_date(Micros now) {
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = now / kSecond;
    std::tm t{};
    ::gmtime_r(&seconds, &t);
    char out[48];
    std::snprintf(out, sizeof out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                  kDays[t.tm_wday], t.tm_mday, kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour,
                  t.tm_min, t.tm_sec);
    return out;
}

inline Micros tick_of(const ServerOptions& options) {
    const Micros least = std::min({options.header_timeout, options.body_timeout,
                                   options.idle_timeout, options.write_timeout});
    return std::clamp(least / 4, kTickMin, kTickMax);
}

inline auto after(Micros time) {
    return std::chrono::microseconds(time);
}

// One network thread: its event loop, its connections, and the timer that sweeps them.
class Loop {
  public:
    Loop(const ServerOptions& options, Handler& handler, const Clock& clock,
         std::shared_ptr<BodyBytes> bodies)
        : lane_(options, handler),
          clock_(clock),
          mailbox_(std::make_shared<LoopMailbox>(std::move(bodies))) {
        mailbox_->lane = &lane_;
        lane_.mailbox = mailbox_;
        poll_.emplace(mailbox_->loop, poller_.descriptor());
        await_sockets();
        timer_.emplace(mailbox_->loop);
        grace_.emplace(mailbox_->loop);
    }

    asio::io_context& context() { return mailbox_->loop; }
    Lane& lane() { return lane_; }
    Poller& poller() { return poller_; }
    // The socket is looked at again soon, whether it tells of anything or not.
    void turn_again(Poller::Watched& watched) {
        poller_.again(watched);
        if (!is_turning_) post_turn();
    }

    void start(int number) {
        tick();
        thread_ = std::thread([this, number] {
            ::pthread_setname_np(::pthread_self(),
                                 ("volant-net-" + std::to_string(number)).c_str());
            run();
        });
    }
    void add(std::shared_ptr<Session> session) {
        session->place = sessions_.size();
        sessions_.push_back(session);
        lane_.connections_open.store(sessions_.size(), std::memory_order_relaxed);
        if (lane_.stopping) return session->connection().close();
        session->start();
    }
    void remove(const Session& session) {
        const std::size_t place = session.place;
        std::swap(sessions_[place], sessions_.back());
        sessions_[place]->place = place;
        sessions_.pop_back();
        lane_.connections_open.store(sessions_.size(), std::memory_order_relaxed);
        if (lane_.stopping && sessions_.empty()) context().stop();
    }
    // Runs `work`; an exception ends the connection, not the thread.
    template <class Work>
    void guarded(Session& session, Work&& work) {
        try {
            work();
        } catch (const std::exception&) {
            lane_.faults.fetch_add(1, std::memory_order_relaxed);
            session.connection().close();
        }
    }
    // Any thread; then join().
    void stop(Micros grace) {
        asio::post(context(), [this, grace] { begin_stop(grace); });
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

  private:
    void run() {
        while (!context().stopped()) {
            lane_.handler.begin_batch();
            try {
                run_batch();
            } catch (const std::exception&) {
                lane_.faults.fetch_add(1, std::memory_order_relaxed);
            }
            lane_.handler.end_batch();
        }
        for (const auto& session : copy_of_sessions()) session->connection().close();
        context().restart();
        context().poll();  // the aborted operations let go of their sessions
        mailbox_->close();
    }
    // Waits for something to do, then does what is there.
    void run_batch() {
        batch_is_full_ = false;
        if (context().run_one() == 0) return;
        for (int done = 1; done < kBatchMax && !batch_is_full_ && context().poll_one() > 0;) ++done;
    }
    void await_sockets() {
        poll_->async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& ec) {
            if (ec) return;
            turn();
            await_sockets();
        });
    }
    void turn() {
        is_turning_ = true;
        const bool more = poller_.turn();
        is_turning_ = false;
        batch_is_full_ = true;
        if (more) post_turn();
    }
    void post_turn() {
        if (std::exchange(turn_is_posted_, true)) return;
        asio::post(context(), [this] {
            turn_is_posted_ = false;
            turn();
        });
    }
    void tick() {
        lane_.now = monotonic_now();
        lane_.date = http_date(clock_.now());
        for (const auto& session : copy_of_sessions()) {
            guarded(*session, [&] { session->connection().sweep(); });
        }
        timer_->expires_after(after(tick_of(lane_.options)));
        timer_->async_wait([this](const error_code& ec) {
            if (!ec) tick();
        });
    }
    void begin_stop(Micros grace) {
        lane_.stopping = true;
        for (const auto& session : copy_of_sessions()) {
            guarded(*session, [&] { session->connection().begin_stop(); });
        }
        if (sessions_.empty()) return context().stop();
        grace_->expires_after(after(grace));
        grace_->async_wait([this](const error_code&) { context().stop(); });
    }
    std::vector<std::shared_ptr<Session>> copy_of_sessions() const { return sessions_; }

    Lane lane_;
    const Clock& clock_;
    std::shared_ptr<LoopMailbox> mailbox_;
    Poller poller_;
    std::optional<asio::posix::stream_descriptor> poll_;  // the poller's, among asio's own
    bool is_turning_ = false;
    bool turn_is_posted_ = false;
    bool batch_is_full_ = false;
    std::optional<asio::steady_timer> timer_;
    std::optional<asio::steady_timer> grace_;
    std::vector<std::shared_ptr<Session>> sessions_;
    std::thread thread_;
};

}  // namespace volant::api
