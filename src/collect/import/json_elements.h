// The elements of a JSON array, one after another, as texts that nobody has parsed. Constant
// memory; the array may be written on one line or on many.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "collect/import/text_source.h"

namespace volant::collect {

class JsonElements {
  public:
    // Of a text that begins with the array's bracket.
    explicit JsonElements(TextSource text) : text_(std::move(text)) {}

    // The next element; a view until the next call. False at the array's end. Errors: those of
    // TextSource, kTooLarge beyond kRowBytesMax, kInvalidJson where no element can be found.
    Result<bool> next(std::string_view& element);
    std::uint64_t number() const { return number_; }  // the line where it begins, from 1
    const TextSource& text() const { return text_; }

  private:
    Result<char> next_sign();
    Status more(std::size_t from);

    TextSource text_;
    std::string window_;
    std::size_t at_ = 0;
    bool ended_ = false;  // the window holds the rest of the file
    bool begun_ = false, closed_ = false;
    std::uint64_t line_ = 1;
    std::uint64_t number_ = 0;
};

}  // namespace volant::collect
