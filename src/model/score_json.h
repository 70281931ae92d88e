// Scores as JSON, in packages and in answers alike.
#pragma once

#include <vector>

#include "core/json_writer.h"
#include "model/registry.h"

namespace volant::model {

// [{"name","value","low","high","baseline"}, ...]; an interval that is not known is null.
void write_scores(json::Writer& out, const std::vector<Score>& scores);

}  // namespace volant::model
