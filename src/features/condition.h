// Condition: whether an event's property passes a feature's `where`.
#pragma once

#include "features/sample.h"
#include "spec/spec.h"

namespace volant::features {

// Numbers compare as numbers (bool as 0 and 1), strings by their bytes, points and lists only for
// being equal. A missing property passes nothing, `ne` neither; of two kinds that do not compare
// only `ne` is true.
bool passes(const spec::Condition& condition, const Datum& datum);

}  // namespace volant::features
