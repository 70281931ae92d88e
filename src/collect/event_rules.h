// The rules of surface.md, section 2, that one event must keep whatever was there before: names,
// which entities and properties each event takes, and declared types. What depends on earlier
// events (known types, duplicates, the clock) is asked by Ingest.
#pragma once

#include "collect/event.h"
#include "core/result.h"
#include "spec/spec.h"

namespace volant::collect {

// Checks the draft whole, fills `event`, and gives values their declared types: a declared time is
// read from its text or number, an int becomes a declared double, $identify's anonymous id becomes
// text. `draft.properties` of $unset are the names, with null. Errors name their field ("/book",
// "/properties/ms"); the draft is then to be thrown away.
Status apply_event_rules(const spec::Spec& spec, EventDraft& draft);

}  // namespace volant::collect
