// An open or closed answer as few bytes, for what is kept of it in memory: what most answers have
// alike (no outcome yet, shown for certain) takes a bit. Not stored: snapshots have put() and
// take().
#pragma once

#include <string>

#include "core/bytes.h"
#include "feedback/open_prediction.h"

namespace volant::feedback {

void pack(const OpenPrediction& answer, std::string& out);
// Of bytes that pack() wrote: nothing to refuse.
OpenPrediction unpack(Cursor& in);

}  // namespace volant::feedback
