// The lines of an NDJSON body: one JSON text a line, ended by LF or CRLF, the last perhaps by
// nothing; blank lines are passed over.
//
//     NdjsonLines lines(body);
//     std::string_view line;
//     while (lines.next(line)) ...
#pragma once

#include <cstring>
#include <string_view>

namespace volant {

class NdjsonLines {
  public:
    explicit NdjsonLines(std::string_view text) : rest_(text) {
        if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    }

    // The next line that is not blank, without its end; a view into the text.
    bool next(std::string_view& line) {
        while (!rest_.empty()) {
            ++number_;
            const void* const end = std::memchr(rest_.data(), '\n', rest_.size());
            const std::size_t size =
                end == nullptr
                    ? rest_.size()
                    : static_cast<std::size_t>(static_cast<const char*>(end) - rest_.data());
            line = rest_.substr(0, size);
            rest_.remove_prefix(end == nullptr ? size : size + 1);
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.find_first_not_of(" \t\r") != std::string_view::npos) return true;
        }
        return false;
    }

    std::size_t number() const {
        return number_;
    }  // of the line that next() gave, from 1, blank ones counted

  private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

}  // namespace volant
