#include "collect/import/json_elements.h"

#include <algorithm>

#include "collect/row_source.h"

namespace volant::collect {
namespace {

constexpr char kEnd = '\0';  // of the file; binary files have been refused

// Where an element ends, found piece by piece.
class Ending {
  public:
    // The place in `text` behind the element, looked for from `at` on; npos if it is not there yet.
    std::size_t find(std::string_view text, std::size_t at) {
        for (; at < text.size(); ++at) {
            const char c = text[at];
            if (quoted_) {
                if (escaped_) {
                    escaped_ = false;
                } else if (c == '\\') {
                    escaped_ = true;
                } else if (c == '"') {
                    quoted_ = false;
                }
            } else if (c == '"') {
                quoted_ = true;
            } else if (c == '{' || c == '[') {
                ++depth_;
            } else if (depth_ > 0 && (c == '}' || c == ']')) {
                --depth_;
            } else if (depth_ == 0 && (c == ',' || c == ']')) {
                return at;
            }
        }
        return std::string_view::npos;
    }

  private:
    std::size_t depth_ = 0;
    bool quoted_ = false, escaped_ = false;
};

}  // namespace

// Keeps what stands in the window from `from` on.
Status JsonElements::more(std::size_t from) {
    if (window_.size() - from > kRowBytesMax) {
        return fail(Code::kTooLarge, "the element that begins at line " + std::to_string(line_) +
                                         " is longer than " + std::to_string(kRowBytesMax) +
                                         " bytes");
    }
    window_.erase(0, from);
    at_ = 0;
    VOLANT_TRY(const bool any, text_.read(window_));
    ended_ = !any;
    return {};
}

// The next character that is no space, which stays where it is.
Result<char> JsonElements::next_sign() {
    for (;;) {
        for (; at_ < window_.size(); ++at_) {
            const char c = window_[at_];
            if (c == '\n') ++line_;
            if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return c;
        }
        if (ended_) return kEnd;
        VOLANT_OK(more(at_));
    }
}

Result<bool> JsonElements::next(std::string_view& element) {
    VOLANT_TRY(char sign, next_sign());
    const auto wrong = [&](const char* expected) {
        const std::string found = sign == kEnd ? "the end" : std::string("\"") + sign + "\"";
        return fail(Code::kInvalidJson, "found " + found + " in line " + std::to_string(line_) +
                                            ", expected " + expected);
    };
    if (closed_) return sign == kEnd ? Result<bool>(false) : wrong("nothing behind the array");
    const char opens = begun_ ? ',' : '[';
    const bool empty = sign == ']' && begun_;
    if (!empty && sign != opens) return wrong(begun_ ? "a comma or ]" : "[");
    ++at_;
    if (!empty) {
        VOLANT_TRY(sign, next_sign());
    }
    if (empty || (sign == ']' && !begun_)) {
        at_ += empty ? 0 : 1;
        begun_ = closed_ = true;
        return next(element);
    }
    begun_ = true;
    number_ = line_;
    Ending ending;
    std::size_t searched = at_;
    for (;;) {
        const std::size_t end = ending.find(window_, searched);
        if (end != std::string_view::npos) {
            element = std::string_view(window_).substr(at_, end - at_);
            line_ += static_cast<std::uint64_t>(std::ranges::count(element, '\n'));
            at_ = end;
            return true;
        }
        if (ended_) {
            sign = kEnd;
            return wrong("] at the end of the array");
        }
        searched = window_.size() - at_;
        VOLANT_OK(more(at_));
    }
}

}  // namespace volant::collect
