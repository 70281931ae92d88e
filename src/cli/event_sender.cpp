#include "cli/event_sender.h"

#include <utility>

#include "collect/event_json.h"
#include "core/json_writer.h"

namespace volant::cli {

Status EventSender::send(const collect::EventDraft& draft) {
    json::Writer out(body_);
    collect::write_draft(out, spec_, draft);
    body_ += '\n';
    return ++events_ < kEventsMax && body_.size() < kBytesMax ? Status{} : flush();
}

Status EventSender::flush() {
    VOLANT_OK(take_answer());
    if (events_ == 0) return {};
    events_ = 0;
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
    duplicates_ += static_cast<std::uint64_t>(answer["duplicates"].number_or(0));
    refused_ += static_cast<std::uint64_t>(answer["rejected"].number_or(0));
    for (const JsonTree& result : answer["results"].items) {
        const std::string reason(result["error"]["message"].text_or(""));
        const bool room = reasons_.size() < kReasonsMax || reasons_.contains(reason);
        ++reasons_[room ? reason : "other reasons"];
    }
    return {};
}

}  // namespace volant::cli
