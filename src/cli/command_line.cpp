#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"
#include "core/logging.h"
#include "core/nearest.h"
#include "core/release.h"
#include "model/instruction_set.h"

namespace volant::cli {
namespace {

constexpr std::string_view kAbout =
    "Volant: a data-flywheel server. It collects what users do, learns from it, and serves what it "
    "learned.";
constexpr std::string_view kKeyVariable = "VOLANT_KEY";

// The parser with everything that its options write to. Not movable: options hold addresses.
class Parser {
  public:
    Parser() : app_(std::string(kAbout)) {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "volant " + std::string(kRelease), "Prints the release");
        app_.get_formatter()->column_width(28);
        add_common(app_, false);
        for (const Command& command : command_table()) add(command);
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    struct Leaf {
        const Command* command;
        CLI::App* app;
        Run run;
    };
    CLI::App& app() { return app_; }
    Session& session() { return session_; }
    const std::vector<Leaf>& leaves() const { return leaves_; }

  private:
    // Each command takes these itself too, so that they may stand before or behind its name.
    // (CLI11's fallthrough would do that as well, but takes a value such as "status" for a
    // command.)
    void add_common(CLI::App& app, bool has_json) {
        app.add_option("-w,--workspace", session_.folder,
                       "The workspace; else the nearest folder upwards with a volant.yaml")
            ->type_name("DIR");
        app.add_option("--key", session_.key, "API key for a running server; else VOLANT_KEY")
            ->type_name("KEY");
        if (has_json) app.add_flag("--json", session_.json, "One JSON document on stdout");
    }

    CLI::App& group(std::string_view name, std::string_view theme) {
        for (CLI::App* app : app_.get_subcommands({})) {
            if (app->get_name() == name) return *app;
        }
        CLI::App* const made =
            app_.add_subcommand(std::string(name), std::string(group_text(name)));
        made->group(std::string(theme));
        made->require_subcommand(1);
        return *made;
    }

    void add(const Command& command) {
        const std::size_t space = command.name.find(' ');
        const bool in_group = space != std::string_view::npos;
        CLI::App& parent = in_group ? group(command.name.substr(0, space), command.theme) : app_;
        const std::string_view word = in_group ? command.name.substr(space + 1) : command.name;
        CLI::App* const app = parent.add_subcommand(std::string(word), std::string(command.text));
        if (!in_group) app->group(std::string(command.theme));
        Options options(*app);
        Run run = command.declare(options);
        add_common(*app, command.has_json);
        std::string examples = "Examples:";
        for (const std::string& line : CLI::detail::split(std::string(command.examples), '\n'))
            examples += "\n  " + line;
        app->footer(examples);
        leaves_.push_back({&command, app, std::move(run)});
    }

    CLI::App app_;
    Session session_;
    std::vector<Leaf> leaves_;
};

int report(const Error& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "volant: %s\n", error.message.c_str());
    if (!error.hint.empty()) std::fprintf(stderr, "  %s\n", error.hint.c_str());
    return error_row(error.code).exit_code;
}

// The innermost command that was named.
CLI::App& innermost(CLI::App& app) {
    CLI::App* at = &app;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
    return *at;
}

std::string full_name(const CLI::App& app) {
    return app.get_parent() == nullptr ? "volant"
                                       : full_name(*app.get_parent()) + " " + app.get_name();
}

// "train: ", or nothing for volant itself: report() says that already.
std::string place(const CLI::App& app) {
    const std::string name = full_name(app);
    return app.get_parent() == nullptr ? "" : name.substr(name.find(' ') + 1) + ": ";
}

// A word that this place does not know: what it is, and the nearest that it does.
Error unknown_word(CLI::App& at, const std::string& word) {
    std::vector<std::string> known;
    const bool option = word.starts_with('-') && word.size() > 1;
    if (option) {
        for (const CLI::Option* each : at.get_options()) {
            for (const std::string& name : each->get_lnames()) known.push_back("--" + name);
            for (const std::string& name : each->get_snames()) known.push_back("-" + name);
        }
    } else {
        for (const CLI::App* each : at.get_subcommands({})) known.push_back(each->get_name());
    }
    const std::string name = option ? word.substr(0, word.find('=')) : word;
    const std::vector<std::string_view> views(known.begin(), known.end());
    const auto near = nearest(name, views);
    std::string hint =
        near ? "did you mean \"" + std::string(*near) + "\"?" : "see: " + full_name(at) + " --help";
    const bool command = !option && !known.empty();
    return fail(Code::kUsage,
                fmt::format("{}there is no {} \"{}\"", place(at),
                            option    ? "option"
                            : command ? "command"
                                      : "further argument",
                            name),
                {}, std::move(hint));
}

int report_usage(CLI::App& app, const CLI::ParseError& error) {
    CLI::App& at = innermost(app);
    // What a place could not take is kept by it, whichever complaint came first.
    if (const auto left = at.remaining(); !left.empty()) return report(unknown_word(at, left[0]));
    if (at.get_require_subcommand_min() > 0 && at.get_subcommands().empty()) {
        std::fputs(at.help().c_str(), stderr);
        return error_row(Code::kUsage).exit_code;
    }
    return report(
        fail(Code::kUsage, place(at) + error.what(), {}, "see: " + full_name(at) + " --help"));
}

int run_parsed(Parser& parser) {
    if (const char* key = std::getenv(kKeyVariable.data());
        key != nullptr && parser.session().key.empty()) {
        parser.session().key = key;
    }
    if (const auto isa = model::instruction_set(); !isa.ok()) return report(isa.error());
    for (const Parser::Leaf& leaf : parser.leaves()) {
        if (!leaf.app->parsed()) continue;
        const Result<int> ended = leaf.run(parser.session());
        return ended.ok() ? *ended : report(ended.error());
    }
    return error_row(Code::kUsage).exit_code;
}

// `volant help train` is `volant train --help`.
std::vector<std::string> words_of(int argc, const char* const* argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (!words.empty() && words.front() == "help") {
        words.erase(words.begin());
        words.push_back("--help");
    }
    return {words.rbegin(), words.rend()};  // as CLI11 wants them
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
    // Notes of what runs inside a command; `serve` says more.
    logging::start({.level = logging::Level::kWarn});
    Parser parser;
    CLI::App& app = parser.app();
    app.name("volant");
    try {
        app.parse(words_of(argc, argv));
    } catch (const CLI::Success& success) {
        return app.exit(success);  // --help, --version
    } catch (const CLI::ParseError& error) {
        return report_usage(app, error);
    }
    return run_parsed(parser);
}

namespace {

// "`-w`, `--workspace` DIR"
std::string option_names(const CLI::Option& option) {
    std::string out;
    for (const std::string& name : option.get_snames())
        out += (out.empty() ? "`-" : ", `-") + name + "`";
    for (const std::string& name : option.get_lnames())
        out += (out.empty() ? "`--" : ", `--") + name + "`";
    if (out.empty()) return "`" + option.get_name() + "`";
    return option.get_type_size() == 0 ? out : out + " " + option.get_type_name();
}

bool is_common(const CLI::Option& option) {
    for (const char* name : {"--help", "--workspace", "--key", "--json"}) {
        if (option.check_name(name)) return true;
    }
    return false;
}

void append_command(std::string& out, const Command& command, const CLI::App& app) {
    out += fmt::format("### volant {}\n\n{}\n\n", command.name, command.text);
    bool table = false;
    for (const CLI::Option* option : app.get_options()) {
        if (is_common(*option)) continue;
        if (!table) out += "| | |\n|---|---|\n";
        table = true;
        out += fmt::format("| {} | {} |\n", option_names(*option), option->get_description());
    }
    if (command.has_json)
        out += table ? "| `--json` | One JSON document on stdout |\n"
                     : "| | |\n|---|---|\n| `--json` | One JSON document on stdout |\n";
    out += table || command.has_json ? "\n```\n" : "```\n";
    out.append(command.examples).append("\n```\n\n");
}

}  // namespace

std::string reference_markdown() {
    const Parser parser;
    std::string out =
        "# The command line\n\nMade from the table of commands; a test keeps it up to date.\n\n"
        "`volant [-w DIR] COMMAND`: the workspace is DIR, else the nearest folder upwards with a "
        "`volant.yaml`. Commands go through the server of the workspace if one runs (with the key "
        "of `--key` or `VOLANT_KEY` once keys were made), else they open the workspace "
        "themselves.\n\nResults go to stdout, progress and notes to stderr. `NO_COLOR` and "
        "anything that is no terminal get plain lines.\n\n| exit code | |\n|---|---|\n"
        "| 0 | done |\n| 1 | it ran, and the answer is no |\n"
        "| 2 | usage, bad input, or no workspace |\n"
        "| 3 | the machine says no: a port, a lock, a disk, a file, a server out of reach |\n"
        "| 4 | stored data are damaged |\n| 130 | interrupted; what was done is kept |\n\n";
    std::string_view theme;
    for (const Parser::Leaf& leaf : parser.leaves()) {
        if (leaf.command->theme != theme) {
            theme = leaf.command->theme;
            out += fmt::format("## {}\n\n", theme);
        }
        append_command(out, *leaf.command, *leaf.app);
    }
    out.pop_back();
    return out;
}

}  // namespace volant::cli
