// Special events: those whose names begin with $. They speak about an entity instead of saying what
// happened.
#pragma once

#include <span>
#include <string_view>

#include "collect/event.h"
#include "collect/event_rules.h"
#include "core/result.h"
#include "spec/spec.h"

namespace volant::collect {

// "$set", "$unset", "$delete", "$link", "$unlink", "$identify".
std::span<const std::string_view> special_events();

// What each takes: one entity, `to` or none, and its own properties. See apply_event_rules().
Status check_special(const spec::Spec& spec, EventView& event, MadeValues& made);

}  // namespace volant::collect
