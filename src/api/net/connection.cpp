#include "api/net/connection.h"

#include <algorithm>
#include <cstring>

#include "api/error_answer.h"

namespace volant::api {
namespace {

constexpr std::size_t kBufferSmall = 8u << 10;   // while requests are small
constexpr std::size_t kBufferLarge = 64u << 10;  // for bodies and long heads
constexpr std::size_t kUncountedBody = 64u
                                       << 10;  // bodies up to here do not count as being received
constexpr std::size_t kLingerBytesMax =
    1u << 20;  // thrown away after a refusal, so that it can be read
constexpr Micros kLingerTime = 2 * kSecond;

// The connection whose advance() runs on this thread.
thread_local const Connection* advancing = nullptr;

// Says so while it lives.
class Advancing {
  public:
    Advancing(const Connection* connection, bool& flag)
        : outer_(std::exchange(advancing, connection)), flag_(flag) {
        flag_ = true;
    }
    ~Advancing() {
        advancing = outer_;
        flag_ = false;
    }

  private:
    const Connection* outer_;
    bool& flag_;
};

void add_one(std::atomic<std::uint64_t>& figure) {
    figure.store(figure.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

Connection::Connection(Lane& lane, Transport& transport, const Peer& peer, bool secure)
    : lane_(lane),
      transport_(transport),
      peer_(peer),
      secure_(secure),
      parser_({lane.options.header_bytes_max, lane.options.body_bytes_max}),
      since_(lane.now) {}

Connection::~Connection() {
    close();
}

void Connection::start() {
    phase_ = Phase::kOpen;
    since_ = lane_.now;
    read_on();
}

void Connection::close() {
    if (phase_ == Phase::kClosed) return;
    phase_ = Phase::kClosed;
    while (first_ != nullptr) {
        if (first_->done && first_->part) first_->part->abandon();  // else deliver() does
        first_->connection = nullptr;
        Exchange* exchange = std::exchange(first_, first_->after);
        if (exchange->done) lane_.free_exchange(exchange);
    }
    last_ = nullptr;
    in_flight_ = 0;
    lane_.mailbox->bodies->remove(std::exchange(receiving_, 0));
    transport_.close();
}

bool Connection::is_advancing(const Mailbox& mailbox) {
    return advancing != nullptr && advancing->lane_.mailbox.get() == &mailbox;
}

bool Connection::takes(Exchange& exchange) {
    if (!is_advancing_) return false;
    exchange.done = true;
    return true;
}

void Connection::on_done(Exchange& exchange) {
    exchange.done = true;
    touch();
}

void Connection::touch() {
    if (is_touched_) return;
    is_touched_ = true;
    lane_.touched.push_back(this);
}

void Connection::on_read(std::size_t size) {
    is_reading_ = false;
    if (phase_ == Phase::kClosed) return;
    lane_.now = monotonic_now();
    if (size == 0) {
        peer_done_ = true;
        const bool streams = first_ != nullptr && first_->done && first_->part != nullptr;
        if (streams || phase_ == Phase::kLingering) return close();
    } else if (phase_ == Phase::kLingering) {
        lingered_ += size;
        if (lingered_ > kLingerBytesMax) return close();
        return read_on();
    }
    end_ += size;
    advance();
}

void Connection::on_written(std::size_t size) {
    if (phase_ == Phase::kClosed) return;
    lane_.now = monotonic_now();
    wrote_at_ = lane_.now;
    written_ += size;
    if (written_ < writing_.size()) {
        transport_.write(std::string_view(writing_).substr(written_));
        return;
    }
    writing_.clear();
    if (writing_.capacity() > kOutKeptMax) writing_ = {};
    is_writing_ = false;
    advance();
}

void Connection::on_broken() {
    close();
}

void Connection::advance() {
    is_touched_ = false;
    if (is_advancing_ || phase_ == Phase::kClosed) return;
    const std::shared_ptr<void> alive = transport_.keep();
    {
        const Advancing mark(this, is_advancing_);
        for (;;) {
            const bool starved = parse();
            const bool all = append_answers();
            write_out();
            // Written at once: nothing will call back for the answers that found no room.
            if (!all && !is_writing_) continue;
            if (starved || !can_take_more()) break;
        }
    }
    end_if_done();
    read_on();
}

bool Connection::can_take_more() const {
    return in_flight_ < lane_.options.pipeline_max && out_.size() < kOutBytesMax;
}

// Dispatches whole requests that have been received. True when there is none left; false when there
// may be, but too many are in flight.
bool Connection::parse() {
    while (phase_ == Phase::kOpen && begin_ < end_) {
        if (!can_take_more()) return false;
        const bool fresh = !parser_.in_request();
        std::size_t used = 0;
        const auto whole = parser_.put({buffer_.get() + begin_, end_ - begin_}, used);
        begin_ += used;
        if (!whole.ok()) {
            refuse(whole.error());
            return true;
        }
        if (fresh) request_since_ = lane_.now;
        if (!*whole) {
            renew_receiving();
            return true;
        }
        dispatch();
    }
    return true;
}

Exchange* Connection::add_exchange() {
    Exchange* exchange = lane_.make_exchange(*this);
    (last_ == nullptr ? first_ : last_->after) = exchange;
    last_ = exchange;
    ++in_flight_;
    exchange->received_at = lane_.now;
    return exchange;
}

void Connection::dispatch() {
    Request request = parser_.take();
    lane_.mailbox->bodies->remove(std::exchange(receiving_, 0));
    continue_sent_ = false;
    request.peer = peer_;
    request.secure = secure_;
    Exchange* exchange = add_exchange();
    exchange->head_only = request.method == Method::kHead;
    exchange->keep_alive = parser_.keep_alive();
    exchange->http10 = !parser_.is_http11();
    exchange->request_bytes = request.body.size();
    if (!exchange->keep_alive) phase_ = Phase::kEnding;
    add_one(lane_.requests);
    lane_.handler.handle(std::move(request), Responder(*exchange));
}

// Answers what cannot be read any further, and reads no more.
void Connection::refuse(Error error) {
    add_one(lane_.requests_refused);
    Exchange* exchange = add_exchange();
    exchange->head_only = false;
    exchange->keep_alive = exchange->http10 = false;
    exchange->request_bytes = 0;
    exchange->response = error_answer(error);
    exchange->done = true;
    phase_ = Phase::kEnding;
}

// Counts a large body that is being received, for all connections together.
void Connection::renew_receiving() {
    const std::size_t bytes = parser_.body_bytes();
    if (bytes > kUncountedBody) {
        const std::size_t more = bytes - std::exchange(receiving_, bytes);
        if (!lane_.mailbox->bodies->add(more)) {
            refuse(fail(Code::kOverloaded, "too many large bodies are being received"));
            return;
        }
    }
    if (bytes == 0 && !continue_sent_ && parser_.wants_continue() && first_ == nullptr) {
        continue_sent_ = true;
        out_.append("HTTP/1.1 100 Continue\r\n\r\n");
    }
}

// Starts a read, with room for it, unless the connection should take no more now.
void Connection::read_on() {
    if (is_reading_ || peer_done_) return;
    if (phase_ != Phase::kLingering && !(phase_ == Phase::kOpen && can_take_more())) return;
    if (phase_ == Phase::kLingering || begin_ == end_) begin_ = end_ = 0;
    const bool large = parser_.in_body() || end_ - begin_ == buffer_size_;
    const std::size_t size = large ? kBufferLarge : std::max(kBufferSmall, end_ - begin_);
    if (large && end_ - begin_ == kBufferLarge) {
        refuse(fail(Code::kTooLarge, "a line of the request is longer than " +
                                         std::to_string(kBufferLarge) + " bytes"));
        return advance();
    }
    if (begin_ == end_ && size != buffer_size_) {
        buffer_ = std::make_unique_for_overwrite<char[]>(size);
        buffer_size_ = size;
    } else if (end_ == buffer_size_) {
        auto room = size > buffer_size_ ? std::make_unique_for_overwrite<char[]>(size) : nullptr;
        std::memmove(room ? room.get() : buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        if (room) {
            buffer_ = std::move(room);
            buffer_size_ = size;
        }
        end_ -= std::exchange(begin_, 0);
    }
    is_reading_ = true;
    transport_.read(buffer_.get() + end_, buffer_size_ - end_);
}

// Closes once nothing is in flight and nothing more will come.
void Connection::end_if_done() {
    if (phase_ == Phase::kClosed || first_ != nullptr || is_writing_ || !out_.empty()) return;
    if (phase_ == Phase::kEnding) {
        // The client's unread bytes are read and thrown away for a moment: closing over them would
        // reset the connection, and the answer might be lost with it (RFC 9112 9.6).
        transport_.finish_writing();
        phase_ = Phase::kLingering;
        since_ = lane_.now;
        if (peer_done_) close();
    } else if (phase_ == Phase::kOpen) {
        const bool idle = !parser_.in_request() && begin_ == end_;
        if (peer_done_ || (lane_.stopping && idle)) close();
    }
}

void Connection::begin_stop() {
    if (phase_ == Phase::kHandshake) return close();
    advance();
}

void Connection::sweep() {
    const Micros now = lane_.now;
    switch (phase_) {
        case Phase::kClosed:
            return;
        case Phase::kHandshake:
            if (now - since_ > lane_.options.header_timeout) close();
            return;
        case Phase::kLingering:
            if (now - since_ > kLingerTime) close();
            return;
        case Phase::kOpen:
        case Phase::kEnding:
            break;
    }
    if (is_writing_ && now - wrote_at_ > lane_.options.write_timeout) return close();
    if (phase_ != Phase::kOpen || !is_reading_) return;
    if (parser_.in_request()) return check_slow_request();
    if (first_ == nullptr && now - since_ > lane_.options.idle_timeout) close();
}

// A request must come at a certain pace: its head within a time, its body in proportion to its
// size.
void Connection::check_slow_request() {
    const ServerOptions& options = lane_.options;
    Micros allowed = options.header_timeout;
    if (parser_.in_body()) {
        const auto earned =
            parser_.body_bytes() / std::max<std::size_t>(1, options.body_bytes_per_second_min);
        allowed += options.body_timeout + static_cast<Micros>(earned) * kSecond;
    }
    if (lane_.now - request_since_ <= allowed) return;
    refuse(fail(Code::kUsage, "the request was not whole within " + format_duration(allowed)));
    advance();
}

}  // namespace volant::api
