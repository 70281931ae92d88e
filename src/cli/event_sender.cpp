#include "cli/event_sender.h"

#include <algorithm>
#include <utility>

#include "collect/event_json.h"
#include "core/json_writer.h"

namespace volant::cli {

Status EventSender::send(const collect::EventDraft& draft, std::uint64_t line) {
    json::Writer out(body_);
    collect::write_draft(out, spec_, draft);
    body_ += '\n';
    last_time_ = draft.time.value_or(0);
    if (lines_.empty()) first_time_ = last_time_;
    lines_.push_back(line);
    return lines_.size() < kEventsMax && body_.size() < kBytesMax ? Status{} : flush();
}

Status EventSender::flush() {
    VOLANT_OK(take_answer());
    if (lines_.empty()) return {};
    asked_lines_ = std::exchange(lines_, {});
    first_asked_ = first_time_;
    last_asked_ = last_time_;
    answer_ = std::async(std::launch::async, [this, body = std::exchange(body_, {})] {
        return client_.send(api::Method::kPost, "/v1/events?history=true", body,
                            "application/x-ndjson");
    });
    return {};
}

Status EventSender::finish() {
    VOLANT_OK(flush());
    return take_answer();
}

Status EventSender::take_answer() {
    if (!answer_.valid()) return {};
    VOLANT_TRY(const std::string body, answer_.get());
    VOLANT_TRY(const JsonTree answer, parse_json(body));
    const auto duplicates = static_cast<std::uint64_t>(answer["duplicates"].number_or(0));
    const auto refused = static_cast<std::uint64_t>(answer["rejected"].number_or(0));
    duplicates_ += duplicates;
    if (answer["accepted"].number_or(0) > 0) {
        const bool all = duplicates + refused == 0;
        earliest_accepted_ = std::min(earliest_accepted_, all ? first_asked_ : last_asked_);
    }
    for (const JsonTree& result : answer["results"].items) {
        const auto index = static_cast<std::size_t>(result["index"].number_or(0));
        const JsonTree& error = result["error"];
        const std::string reason(error["message"].text_or(""));
        const std::uint64_t line = index < asked_lines_.size() ? asked_lines_[index] : 0;
        refusals_.add(line, error["code"].text_or(""), reason);
    }
    return {};
}

}  // namespace volant::cli
