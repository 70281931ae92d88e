// Pieces: a Writer whose bytes are handed on while more come, so that what is written need not lie
// in memory whole. Whoever writes much calls pause() between its entries.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/bytes.h"

namespace volant {

class Pieces {
  public:
    using Sink = std::function<void(std::string_view)>;
    static constexpr std::size_t kPieceBytes = 256u << 10;

    // `sink` gets all bytes, in order; the last ones at flush().
    explicit Pieces(Sink sink) : sink_(std::move(sink)), writer_(buffer_) {}
    Pieces(const Pieces&) = delete;
    Pieces& operator=(const Pieces&) = delete;

    Writer& writer() { return writer_; }
    std::string& buffer() { return buffer_; }  // the same bytes, for what appends to a string
    void pause() {
        if (buffer_.size() >= kPieceBytes) flush();
    }
    void flush() {
        handed_on_ += buffer_.size();
        sink_(buffer_);
        buffer_.clear();
    }
    std::uint64_t written() const { return handed_on_ + buffer_.size(); }

  private:
    const Sink sink_;
    std::string buffer_;
    Writer writer_;
    std::uint64_t handed_on_ = 0;
};

// Everything that `write(pieces)` writes, in one string.
template <class Write>
void append_pieces(std::string& out, Write&& write) {
    Pieces pieces([&out](std::string_view piece) { out.append(piece); });
    write(pieces);
    pieces.flush();
}

}  // namespace volant
