// EventParser: the body of POST /v1/events as events ready for the log, each checked by itself.
// What one element has wrong never touches the others; an error's field has the element's index
// (`/3/time`).
// Threads: one parser a thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/event.h"
#include "collect/event_draft.h"
#include "collect/event_rules.h"
#include "collect/fingerprint.h"
#include "collect/layouts.h"
#include "collect/prepared_events.h"
#include "collect/published_schema.h"
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
    PreparedEvents events;
    std::vector<std::pair<std::size_t, Error>> errors;  // of the others, by their index
};

class EventParser {
  public:
    // The specification, the fingerprints and the published schema, if one is given, must outlive
    // the parser. `seed` is of the ids that are made for events without one: no two parsers may
    // share it.
    EventParser(const spec::Spec& spec, const Fingerprints& fingerprints, std::uint64_t seed,
                const PublishedSchema* published = nullptr);

    // An error only when nothing could be read at all: broken JSON (of an NDJSON body: in every
    // line), or more than `elements_max` elements (kTooLarge).
    Result<EventBody> parse_body(std::string_view body, BodyForm form);
    // One event, which is the whole text.
    Result<EventDraft> parse_one(std::string_view text);

  private:
    // Of an event, at its top: one of the declared fields, or an entity.
    struct Key {
        int field, entity;
    };
    static constexpr int kNoKey = -1;

    // Each leaves the event in event_.
    Status read(json::Item item);
    Status read_bounded(json::Item item);
    Status read_line(std::string_view line);
    void begin();
    bool read_as_before(json::Item item);
    Status read_anew(json::Item item);
    Status read_key(Key key, json::Item item);
    Status read_field(int field, json::Item item);
    Status read_properties(json::Item item);
    bool read_usual(Layout& layout, json::Item item);
    Status read_names(json::Item item);
    void add(std::string_view name, bool is_clear, std::size_t begin);
    void find_values();
    void learn_keys();
    Status has_expected_properties() const;
    void find_schema();
    Status check_long_integers() const;
    Result<EventBody> parse_lines(std::string_view body);
    Status parse_lines(std::string_view text, EventBody& body, std::size_t& lines,
                       std::size_t& broken);
    void take(Status read, std::size_t index, EventBody& body);
    Error unknown_field(std::string_view key) const;

    const spec::Spec& spec_;
    const Fingerprints& fingerprints_;
    const PublishedSchema* published_;
    std::shared_ptr<const Schema> schema_;  // the last one that was published
    Layouts layouts_;
    struct {  // the keys of an earlier event, in their order
        std::vector<std::string> names;
        std::vector<Key> keys;
        int misses = 0;  // since an event had them
    } before_;
    Random random_;
    json::Document document_;
    json::Document lines_;  // of NDJSON, many together

    // The event at hand, and what it points into beside the text.
    EventView event_;
    std::vector<Key> keys_;  // if they are not before_'s
    bool has_properties_ = false;
    bool listed_ = false;   // properties came as a list
    Bytes clear_, sealed_;  // the properties, as they are stored
    struct Place {
        const Bytes* in;
        std::size_t begin, end;
    };
    std::vector<Place> places_;  // of each value
    // Properties whose integers are beyond int64, read as doubles, and what is wrong with them
    // where no double is declared.
    std::vector<std::pair<std::string_view, Error>> long_integers_;
    MadeValues made_values_;
    std::string made_id_;
};

}  // namespace volant::collect
