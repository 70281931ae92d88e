// The command line: the table of commands as a parser, and how ends become exit codes.
#pragma once

#include <string>

namespace volant::cli {

// Parses, runs, reports. The process's exit code: of a command that ran its own, else that of the
// error (core/errors.h); 2 for a command line that is not understood.
int run_command_line(int argc, const char* const* argv);

// docs/reference/cli.md, from the same table. command_line_test.cpp holds the file to it, and
// writes it anew with VOLANT_WRITE_DOCS=1.
std::string reference_markdown();

}  // namespace volant::cli
