#include "api/net/exchange.h"

#include "api/error_answer.h"
#include "api/net/connection.h"

namespace volant::api {
namespace {

// A body's memory is kept up to here from answer to answer.
constexpr std::size_t kBodyKept = 1024;
constexpr std::size_t kUncountedAnswer = 64u << 10;  // answers up to here need no counting

// Marks a mailbox as closed; never delivered.
class ClosedMark final : public Mail {
  public:
    void deliver() override {}
};
ClosedMark closed_mark;

// Says that a stream has something to send.
class StreamMail final : public Mail {
  public:
    explicit StreamMail(std::shared_ptr<StreamPart> part) : part_(std::move(part)) {}
    void deliver() override {
        part_->deliver();
        delete this;
    }

  private:
    std::shared_ptr<StreamPart> part_;
};

}  // namespace

void Mailbox::push(Mail* mail) {
    Mail* newest = newest_.load(std::memory_order_acquire);
    do {
        if (newest == &closed_mark) {
            delete mail;
            return;
        }
        mail->next = newest;
    } while (!newest_.compare_exchange_weak(newest, mail, std::memory_order_acq_rel));
    if (newest == nullptr) wake();
}

Mail* Mailbox::take_all() {
    Mail* newest = newest_.exchange(nullptr, std::memory_order_acq_rel);
    Mail* oldest = nullptr;
    while (newest != nullptr) {
        Mail* older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    return oldest;
}

void Mailbox::close() {
    Mail* mail = newest_.exchange(&closed_mark, std::memory_order_acq_rel);
    while (mail != nullptr && mail != &closed_mark) {
        Mail* older = mail->next;
        delete mail;
        mail = older;
    }
}

void Exchange::complete(Response answer) {
    response = std::move(answer);
    held_.give_back();
    const std::size_t bytes = response.body.size();
    if (bytes > kUncountedAnswer && !held_.add(mailbox_->bodies, bytes)) {
        held_.give_back();
        response = error_answer(fail(Code::kOverloaded, "too many large answers wait for clients"));
    }
    hand_over();
}

std::shared_ptr<StreamSink> Exchange::stream(Response answer) {
    held_.give_back();
    response = std::move(answer);
    auto sink = std::make_shared<StreamPart>(mailbox_, this);
    part = sink;
    hand_over();
    return sink;
}

bool Exchange::hold(std::size_t bytes) {
    return held_.add(mailbox_->bodies, bytes);
}

// The mailbox is held until push() is done with it: the exchange may be freed before that.
void Exchange::hand_over() {
    const std::shared_ptr<Mailbox> mailbox = std::move(mailbox_);
    if (Connection::is_advancing(*mailbox)) {
        Connection* const owner = connection.load(std::memory_order_relaxed);
        if (owner != nullptr && owner->takes(*this)) return;
    }
    mailbox->push(this);
}

void Exchange::deliver() {
    if (Connection* const owner = connection.load(std::memory_order_relaxed)) {
        owner->on_done(*this);
        return;
    }
    if (part) part->abandon();
    delete this;
}

void Exchange::reuse(std::shared_ptr<Mailbox> mailbox, Connection* owner) {
    mailbox_ = std::move(mailbox);
    connection.store(owner, std::memory_order_relaxed);
}

void Exchange::clear() {
    held_.give_back();
    headers.clear();
    tag = kNoTag;
    if (response.body.capacity() <= kBodyKept) room = std::move(response.body);
    room.clear();
    response.body = {};
    response.headers.clear();
    response.close = false;
    part.reset();
    after = nullptr;
    done = head_sent = false;
}

bool StreamPart::write(std::string_view bytes) {
    const std::lock_guard hold(lock_);
    if (closed_ || abandoned_) return false;
    if (waiting_.size() + bytes.size() > kStreamBytesMax) {
        abandoned_ = true;
        notify();
        return false;
    }
    waiting_.append(bytes);
    notify();
    return true;
}

void StreamPart::close() {
    const std::lock_guard hold(lock_);
    if (closed_) return;
    closed_ = true;
    notify();
}

void StreamPart::notify() {
    if (notified_) return;
    notified_ = true;
    mailbox_->push(new StreamMail(shared_from_this()));
}

StreamPart::Piece StreamPart::take() {
    const std::lock_guard hold(lock_);
    return {std::exchange(waiting_, {}), closed_ || abandoned_};
}

void StreamPart::abandon() {
    exchange_ = nullptr;
    const std::lock_guard hold(lock_);
    abandoned_ = true;
    waiting_ = {};
}

void StreamPart::deliver() {
    {
        const std::lock_guard hold(lock_);
        notified_ = false;
    }
    if (exchange_ == nullptr) return;
    if (Connection* const owner = exchange_->connection.load(std::memory_order_relaxed))
        owner->touch();
}

}  // namespace volant::api
