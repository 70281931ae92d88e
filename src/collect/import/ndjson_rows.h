// NDJSON: an object a line; or a JSON array of objects. An object's members are the columns; inner
// objects are flattened with dots
// ("properties.ms"), a {"lat","lon"} is a point.
#pragma once

#include "collect/import/text_source.h"
#include "collect/row_source.h"

namespace volant::collect {

std::unique_ptr<RowSource> open_ndjson(TextSource text);
std::unique_ptr<RowSource> open_json_array(TextSource text);

}  // namespace volant::collect
