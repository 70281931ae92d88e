#include "collect/import/line_reader.h"

#include "collect/row_source.h"

namespace volant::collect {

Result<bool> LineReader::next(std::string_view& line) {
    std::size_t searched = at_;  // no line ends before here
    for (;;) {
        std::size_t end = window_.find('\n', searched);
        if (end == std::string::npos) {
            if (!ended_) {
                if (window_.size() - at_ > kRowBytesMax) {
                    return fail(Code::kTooLarge, "line " + std::to_string(number_ + 1) +
                                                     " is longer than " +
                                                     std::to_string(kRowBytesMax) + " bytes");
                }
                window_.erase(0, at_);
                at_ = 0;
                searched = window_.size();
                VOLANT_TRY(const bool more, text_.read(window_));
                ended_ = !more;
                continue;
            }
            if (at_ == window_.size()) return false;
            end = window_.size();
        }
        line = std::string_view(window_).substr(at_, end - at_);
        if (line.ends_with('\r')) line.remove_suffix(1);
        at_ = searched = std::min(end + 1, window_.size());
        ++number_;
        if (line.find_first_not_of(" \t") != std::string_view::npos) return true;
    }
}

}  // namespace volant::collect
