// Opens a file of rows in whatever format it is: by the options, the file's name (.csv .tsv .tab
// .txt .ndjson .jsonl .vw, with .gz or .zst behind), or its first bytes.
#pragma once

#include "collect/event_importer.h"
#include "collect/row_source.h"

namespace volant::collect {

// Errors: kUsage for an unknown format, else those of the formats.
Result<std::unique_ptr<RowSource>> open_rows(const std::string& path, const ImportOptions& options);

}  // namespace volant::collect
