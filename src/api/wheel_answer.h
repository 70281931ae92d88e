// Answers that are written on the apply thread, where the wheel may be read, and sent once all that
// they speak of is durable.
#pragma once

#include <functional>

#include "api/route.h"
#include "api/workspace.h"
#include "core/json_writer.h"

namespace volant::api {

// Writes the body; an error is the answer instead. May append, up to the bytes that were announced.
using WriteAnswer = std::function<Status(json::Writer&, log::Turn&)>;

void answer_from_wheel(Workspace& workspace, const Call& call, Responder responder,
                       WriteAnswer write, std::size_t append_bytes_max = Workspace::kReadsOnly);

}  // namespace volant::api
