#include <exception>

#include "api/net/connection.h"

namespace volant::api {

Exchange* Lane::make_exchange(Connection& owner) {
    if (spare_.empty()) return new Exchange(mailbox, &owner);
    Exchange* exchange = spare_.back().release();
    spare_.pop_back();
    exchange->reuse(mailbox, &owner);
    return exchange;
}

void Lane::free_exchange(Exchange* exchange) {
    std::unique_ptr<Exchange> owned(exchange);
    if (spare_.size() == kSpareMax) return;
    owned->clear();
    spare_.push_back(std::move(owned));
}

void Lane::drain() {
    now = monotonic_now();
    for (Mail* mail = mailbox->take_all(); mail != nullptr;) {
        Mail* next = mail->next;
        mail->deliver();
        mail = next;
    }
    // An advancing connection can end itself, but no other.
    std::vector<Connection*> now_touched;
    now_touched.swap(touched);
    for (Connection* connection : now_touched) {
        try {
            connection->advance();
        } catch (const std::exception&) {
            faults.fetch_add(1, std::memory_order_relaxed);
            connection->close();
        }
    }
    now_touched.clear();
    if (touched.empty()) touched.swap(now_touched);  // keeps the memory
}

}  // namespace volant::api
