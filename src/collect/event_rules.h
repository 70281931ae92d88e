// The rules of surface.md, section 2, that one event must keep whatever was there before: names,
// which entities and properties each event takes, and declared types. What depends on earlier
// events (known types, duplicates, the clock) is asked by Ingest.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "collect/event.h"
#include "core/result.h"
#include "spec/spec.h"

namespace volant::collect {

// Encoded values that stand in place of given ones. Views live until clear().
class MadeValues {
  public:
    std::string_view add(const Value& value);
    bool empty() const { return all_.empty(); }
    void clear() { all_.clear(); }

  private:
    std::deque<std::string> all_;
};

// Checks the event whole, fills its `event`, and gives values their declared types: a declared time
// is read from its text or number, an int becomes a declared double, $identify's anonymous id
// becomes text; such values stand in `made`. Errors name their field ("/book", "/properties/ms");
// the event is then to be thrown away.
Status apply_event_rules(const spec::Spec& spec, EventView& event, MadeValues& made);

}  // namespace volant::collect
