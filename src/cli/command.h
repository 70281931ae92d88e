// Command: one row of the table in commands.cpp. From it come the parser, the help, the words that
// a typo is compared with, and docs/reference/cli.md.
//
// To add a command: write a declare function in the file of its family (it adds its options and
// returns what is to run), and add a row. Nothing else has to know.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cli/options.h"
#include "core/result.h"

namespace volant::cli {

// What was said beside a command's own options.
struct Session {
    std::string folder;  // -w; "" = the nearest folder upwards with a volant.yaml
    std::string key;     // --key, or VOLANT_KEY
    bool json = false;   // --json: one document on stdout
};

// The exit code of a command that ran; an Error's exit code is in the table of errors.
inline constexpr int kAnswerIsNo = 1;
using Run = std::function<Result<int>(const Session&)>;

struct Command {
    std::string_view name;      // "train"; "keys create": a command of a group
    std::string_view theme;     // under which heading the help lists it
    std::string_view text;      // one sentence
    std::string_view examples;  // a line each
    bool has_json;
    Run (*declare)(Options&);
};

// In the order of the help; commands of a theme stand together.
std::span<const Command> command_table();

// What a group of commands ("keys") is about.
std::string_view group_text(std::string_view group);

}  // namespace volant::cli
