// Output: small pieces of what commands print.
#pragma once

#include <string>
#include <string_view>

#include "cli/json_tree.h"
#include "cli/terminal.h"
#include "core/json_writer.h"

namespace volant::cli {

// On stdout, with a newline.
void print_line(std::string_view text);
// On stderr: a note beside the results.
void print_note(std::string_view text);
// The numbers of an answer as people read them: "1,234", "12.5", "-" for null.
std::string count_text(const JsonTree& number);
std::string figure_text(const JsonTree& number);
// "linear, logistic loss, user x book (by default)" of a model's learner.
std::string learner_text(const JsonTree& learner);
// "[0.71, 0.74]", or "-" where an end is not known.
std::string interval_text(const JsonTree& low, const JsonTree& high);
// "2026-11-24 10:00:00" of "2026-11-24T10:00:00.000000Z"; "-" for null.
std::string time_text(const JsonTree& time);
// A tree as the JSON it came from: numbers keep their digits.
void write_tree(json::Writer& out, const JsonTree& tree);

}  // namespace volant::cli
