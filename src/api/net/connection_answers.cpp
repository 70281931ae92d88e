// The answering half of Connection: answers into bytes, in the order of the requests.
#include <charconv>

#include "api/net/connection.h"

namespace volant::api {
namespace {

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    out.append(digits, end);
}

bool may_have_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

// Those that can be given. False if some of them found no room: too much waits to be written.
bool Connection::append_answers() {
    if (first_ == nullptr || !first_->done) return true;
    lane_.now = monotonic_now();
    while (first_ != nullptr && first_->done) {
        if (out_.size() >= kOutBytesMax) return false;
        if (first_->part) {
            if (!is_writing_) append_stream(*first_);
            if (first_ != nullptr && first_->part) return true;
            continue;
        }
        Exchange& exchange = *first_;
        append_head(exchange);
        if (!exchange.head_only && may_have_body(exchange.response.status)) {
            out_.append(exchange.response.body);
        }
        pop();
    }
    since_ = lane_.now;
    if (first_ == nullptr && phase_ == Phase::kOpen && parser_.in_request()) renew_receiving();
    return true;
}

// Chunked (RFC 9112 7.1); as it is, until the connection ends, for HTTP/1.0.
void Connection::append_stream(Exchange& exchange) {
    const auto append_piece = [&](std::string_view bytes) {
        if (bytes.empty() || exchange.head_only) return;
        if (exchange.http10) {
            out_.append(bytes);
            return;
        }
        char digits[16];
        const auto end = std::to_chars(digits, digits + sizeof digits, bytes.size(), 16).ptr;
        out_.append(digits, end).append("\r\n").append(bytes).append("\r\n");
    };
    if (!exchange.head_sent) {
        exchange.head_sent = true;
        append_head(exchange);
        append_piece(exchange.response.body);
    }
    StreamPart::Piece piece = exchange.part->take();
    append_piece(piece.bytes);
    if (!piece.last && !exchange.head_only && !lane_.stopping) return;
    if (!exchange.http10 && !exchange.head_only) out_.append("0\r\n\r\n");
    exchange.part->abandon();
    pop();
}

// Is this the last answer of its connection?
bool Connection::is_last(const Exchange& exchange) const {
    if (!exchange.keep_alive || exchange.response.close) return true;
    if (exchange.part && exchange.http10) return true;
    return lane_.stopping && exchange.after == nullptr && !parser_.in_request() && begin_ == end_;
}

void Connection::append_head(const Exchange& exchange) {
    const Response& response = exchange.response;
    out_.append("HTTP/1.1 ");
    append_number(out_, static_cast<std::uint64_t>(response.status));
    out_.append(" ").append(status_reason(response.status)).append("\r\n").append(lane_.date);
    if (may_have_body(response.status)) {
        out_.append("Content-Type: ").append(response.content_type).append("\r\n");
        if (!exchange.part) {
            out_.append("Content-Length: ");
            append_number(out_, response.body.size());
            out_.append("\r\n");
        } else if (!exchange.http10) {
            out_.append("Transfer-Encoding: chunked\r\n");
        }
    }
    out_.append(exchange.headers).append(response.headers);
    if (is_last(exchange)) {
        out_.append("Connection: close\r\n");
        phase_ = Phase::kEnding;
    } else if (exchange.http10) {
        out_.append("Connection: keep-alive\r\n");
    }
    out_.append("\r\n");
}

void Connection::pop() {
    Exchange* exchange = first_;
    const bool last = is_last(*exchange);
    lane_.handler.answered({exchange->tag, exchange->response.status,
                            lane_.now - exchange->received_at, exchange->request_bytes,
                            exchange->response.body.size()});
    first_ = exchange->after;
    if (first_ == nullptr) last_ = nullptr;
    --in_flight_;
    exchange->part.reset();
    lane_.free_exchange(exchange);
    if (!last) return;
    // A handler closed the connection: what came after on it gets no answer.
    while (first_ != nullptr) {
        Exchange* dropped = std::exchange(first_, first_->after);
        dropped->connection = nullptr;
        if (!dropped->done) continue;  // deliver() abandons its part
        if (dropped->part) dropped->part->abandon();
        lane_.free_exchange(dropped);
    }
    last_ = nullptr;
    in_flight_ = 0;
}

void Connection::write_out() {
    if (is_writing_ || out_.empty()) return;
    const std::size_t now = transport_.write_now(out_);
    if (now == out_.size()) {
        out_.clear();
        if (out_.capacity() > kOutKeptMax) out_ = {};
        return;
    }
    writing_.swap(out_);
    written_ = now;
    is_writing_ = true;
    wrote_at_ = lane_.now;
    transport_.write(std::string_view(writing_).substr(written_));
}

}  // namespace volant::api
