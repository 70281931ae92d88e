// EventParser: the body of POST /v1/events as drafts, each checked by itself. What one element has
// wrong never touches the others; an error's field has the element's index (`/3/time`).
// Threads: one parser a thread.
#pragma once

#include <string_view>
#include <vector>

#include "collect/event.h"
#include "collect/fingerprint.h"
#include "core/json_reader.h"
#include "core/random.h"
#include "core/result.h"
#include "core/shape.h"
#include "spec/spec.h"

namespace volant::collect {

// One event as it is sent. Open: the entities of volant.yaml are fields too.
extern const Shape kEventShape;

enum class BodyForm {
    kJson,    // one object, or an array of them
    kNdjson,  // one object a line; empty lines are passed over and not counted
};

struct EventBody {
    bool many = false;  // an array or NDJSON: the answer is a summary
    std::vector<Result<EventDraft>> events;
};

class EventParser {
  public:
    // The specification and the fingerprints must outlive the parser. `seed` is of the ids that are
    // made for events without one: no two parsers may share it.
    EventParser(const spec::Spec& spec, const Fingerprints& fingerprints, std::uint64_t seed);

    // An error only when nothing could be read at all: broken JSON (of an NDJSON body: in every
    // line), or more than `elements_max` elements (kTooLarge).
    Result<EventBody> parse_body(std::string_view body, BodyForm form);
    // One event, which is the whole text.
    Result<EventDraft> parse_one(std::string_view text);

  private:
    Result<EventDraft> read(json::Item item);
    Result<EventDraft> read_bounded(json::Item item);
    Status read_field(int field, json::Item item, EventDraft& draft, bool& listed);
    Status read_entity(std::string_view key, json::Item item, EventDraft& draft);
    Status read_properties(json::Item item, EventDraft& draft, bool& listed);
    Result<EventBody> parse_lines(std::string_view body);
    Error unknown_field(std::string_view key) const;

    const spec::Spec& spec_;
    const Fingerprints& fingerprints_;
    Random random_;
    json::Document document_;
};

}  // namespace volant::collect
