// A text file as UTF-8, piece by piece: inflated and transcoded on the way. A byte order mark is
// passed over, and where lines end in CR alone it becomes LF. A file that is no text is refused.
// Bytes that the encoding does not know come out as 0xff, which no UTF-8 holds, so
// that the row they stand in is refused and no other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"

namespace volant::collect {

class TextSource {
  public:
    // Encodings, in any case: utf-8 gb18030 gbk gb2312 big5 shift_jis euc-kr utf-16 latin-1
    // windows-1252. Errors: kUnavailable, kUnsupportedMediaType.
    static Result<TextSource> open(const std::string& path, const std::string& encoding);
    TextSource(TextSource&&) noexcept;
    TextSource& operator=(TextSource&&) noexcept;
    ~TextSource();

    // Appends some text to `text`; false at the end. Errors: kUnavailable, kCorrupt,
    // kUnsupportedMediaType (no text).
    Result<bool> read(std::string& text);

    std::uint64_t bytes_read() const;  // of the file itself
    std::uint64_t bytes_total() const;

  private:
    struct State;
    explicit TextSource(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace volant::collect
