#include "api/responder.h"

#include "api/error_answer.h"
#include "core/result.h"

namespace volant::api {

Responder::~Responder() {
    if (sink_ == nullptr) return;
    send(error_answer(fail(Code::kInternal, "the request was dropped without an answer")));
}

ResponseSink& Responder::take() {
    VOLANT_CHECK(sink_ != nullptr);
    return *std::exchange(sink_, nullptr);
}

void Responder::send(Response response) {
    take().complete(std::move(response));
}

ResponseStream Responder::stream(Response head) {
    return ResponseStream(take().stream(std::move(head)));
}

std::string Responder::empty_body() {
    VOLANT_CHECK(sink_ != nullptr);
    return std::move(sink_->room);
}

bool Responder::is_wanted() const {
    VOLANT_CHECK(sink_ != nullptr);
    return sink_->is_wanted();
}

void Responder::add_header(std::string_view name, std::string_view value) {
    VOLANT_CHECK(sink_ != nullptr);
    sink_->headers.append(name).append(": ").append(value).append("\r\n");
}

bool Responder::hold(std::size_t bytes) {
    VOLANT_CHECK(sink_ != nullptr);
    return sink_->hold(bytes);
}

void Responder::set_tag(std::uint32_t tag) {
    VOLANT_CHECK(sink_ != nullptr);
    sink_->tag = tag;
}

}  // namespace volant::api
