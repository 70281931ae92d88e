// An event draft as the JSON that POST /v1/events takes: what an importer read, on its way to a
// server. EventParser reads the same draft from it, a property's declared type included.
#pragma once

#include "collect/event_draft.h"
#include "core/json_writer.h"
#include "spec/spec.h"

namespace volant::collect {

void write_draft(json::Writer& out, const spec::Spec& spec, const EventDraft& draft);

}  // namespace volant::collect
