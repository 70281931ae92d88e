// Declared types: properties of an event, or attributes in a $set, against what volant.yaml says.
#pragma once

#include <string_view>
#include <vector>

#include "collect/event.h"
#include "collect/event_rules.h"
#include "core/result.h"
#include "spec/spec.h"

namespace volant::collect {

// Gives the event's values their declared types: a time is read from its text or number, an int
// becomes a declared double. Values of another type are kWrongType, undeclared names kUnknownField
// if `strict`. `entity`: the name of the entity whose attributes these are; empty for an event's
// properties.
Status check_declared(const spec::Spec& spec, EventView& event, std::string_view entity,
                      const std::vector<spec::FieldDecl>& declared, bool strict, MadeValues& made);

}  // namespace volant::collect
