// The lines of a text, one after another, blank ones passed over. Constant memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collect/import/text_source.h"

namespace volant::collect {

class LineReader {
  public:
    explicit LineReader(TextSource text) : text_(std::move(text)) {}

    // The next line that is not blank, without its end (LF or CRLF); a view until the next call.
    // False at the end. Errors: those of TextSource, kTooLarge beyond kRowBytesMax.
    Result<bool> next(std::string_view& line);
    std::uint64_t number() const { return number_; }  // of that line, from 1
    const TextSource& text() const { return text_; }

  private:
    TextSource text_;
    std::string window_;
    std::size_t at_ = 0;
    bool ended_ = false;
    std::uint64_t number_ = 0;
};

}  // namespace volant::collect
