// Whatever comes in as a body: it is refused, or what was accepted survives its way through the log
// and the folds, and comes back as it was sent; and what came before makes no difference.
#include <cstdint>

#include "collect/entities.h"
#include "collect/event_parser.h"
#include "collect/event_query.h"
#include "collect/ingest.h"
#include "collect/testing.h"

namespace volant::collect {
namespace {

void follow(const spec::Spec& spec, EventParser& parser, const PreparedEvent& event) {
    static Entities entities(spec);
    static Effects effects;
    log::Record record;
    record.lsn = 1;
    record.type = log::RecordType::kEvent;
    record.event_time = event.time.value_or(0);
    record.clear = event.clear;
    record.sealed = event.sealed;
    EventView view;
    VOLANT_CHECK(decode_event(spec, record, view).ok());
    const EventDraft sent = draft_of(view);
    entities.observe(view, effects);

    std::string text;
    json::Writer out(text);
    write_event(out, view, "1");
    text = text.substr(0, text.rfind(",\"lsn\"")) + "}";
    const Result<EventDraft> again = parser.parse_one(text);
    if (!again.ok()) {
        // A year of more than four digits has no ISO text; the clock refuses such a time in its
        // turn.
        VOLANT_CHECK(again.error().code == Code::kInvalidTime);
        return;
    }
    VOLANT_CHECK(again->id == sent.id && again->to == sent.to &&
                 again->time.value() == record.event_time);
    VOLANT_CHECK(again->properties.size() == sent.properties.size());
}

// What the parser has seen before does not show.
void compare(const Result<EventBody>& seasoned, const Result<EventBody>& fresh) {
    VOLANT_CHECK(seasoned.ok() == fresh.ok());
    if (!fresh.ok()) return;
    VOLANT_CHECK(seasoned->events.size() == fresh->events.size() &&
                 seasoned->errors.size() == fresh->errors.size());
    for (std::size_t i = 0; i < fresh->events.size(); ++i)
        VOLANT_CHECK(seasoned->events[i].clear == fresh->events[i].clear);
    for (std::size_t i = 0; i < fresh->errors.size(); ++i)
        VOLANT_CHECK(seasoned->errors[i].second.message == fresh->errors[i].second.message);
}

void read(std::string_view text) {
    static const spec::Spec& spec = testing::bookshop();
    static const Fingerprints fingerprints(secret::MacKey{1});
    static EventParser parser(spec, fingerprints, 1), second(spec, fingerprints, 2);
    for (const BodyForm form : {BodyForm::kJson, BodyForm::kNdjson}) {
        Result<EventBody> body = parser.parse_body(text, form);
        compare(body, EventParser(spec, fingerprints, 3).parse_body(text, form));
        if (!body.ok()) continue;
        for (std::size_t i = 0; i < body->events.size(); ++i) follow(spec, second, body->events[i]);
    }
}

}  // namespace
}  // namespace volant::collect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    volant::collect::read({reinterpret_cast<const char*>(data), size});
    return 0;
}
