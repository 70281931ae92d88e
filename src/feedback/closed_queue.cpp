#include "feedback/closed_queue.h"

#include <utility>

#include "feedback/answer_bytes.h"

namespace volant::feedback {
namespace {

constexpr std::size_t kBlockBytes = 16 << 10;

struct Entry {
    log::Lsn at = 0;
    Closed closed;
};

Entry read_entry(Cursor& in) {
    Entry entry;
    entry.at = in.varint();
    entry.closed.closed_at = in.i64();
    entry.closed.by_outcome = in.u8() != 0;
    static_cast<OpenPrediction&>(entry.closed) = unpack(in);
    return entry;
}

}  // namespace

void ClosedQueue::push(log::Lsn at, const Closed& closed) {
    if (blocks_.empty() || blocks_.back().bytes.size() >= kBlockBytes) {
        // Its full size at once: what doubling leaves unused would stay with the block.
        blocks_.emplace_back().bytes.reserve(kBlockBytes + kBlockBytes / 8);
    }
    std::string& bytes = blocks_.back().bytes;
    const std::size_t before = bytes.size();
    Writer writer(bytes);
    writer.varint(at);
    writer.i64(closed.closed_at);
    writer.u8(closed.by_outcome ? 1 : 0);
    pack(closed, bytes);
    bytes_ += bytes.size() - before;
    ++size_;
}

log::Lsn ClosedQueue::pop() {
    Block& block = blocks_.front();
    Cursor in(std::string_view(block.bytes).substr(block.begin));
    const log::Lsn at = read_entry(in).at;
    const std::size_t end = block.bytes.size() - in.left();
    bytes_ -= end - std::exchange(block.begin, end);
    if (in.done()) blocks_.pop_front();
    --size_;
    return at;
}

void ClosedQueue::each(const std::function<void(log::Lsn at, const Closed& closed)>& visit) const {
    for (const Block& block : blocks_) {
        Cursor in(std::string_view(block.bytes).substr(block.begin));
        while (!in.done()) {
            const Entry entry = read_entry(in);
            visit(entry.at, entry.closed);
        }
    }
}

}  // namespace volant::feedback
