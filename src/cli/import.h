// `volant import`: a file of history becomes events of a workspace.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "collect/event_importer.h"

namespace volant::cli {

Run declare_import(Options& options);

// "tab", "\t", "comma" or one character. kUsage.
Result<char> read_delimiter(const std::string& text);

// What people read of a report.
void print_report(const std::string& file, const collect::ImportReport& report);

}  // namespace volant::cli
