// The `volant` command: the table of commands, and how their ends become exit codes.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "cli/serve.h"
#include "cli/simulate.h"
#include "cli/workspace_commands.h"
#include "core/logging.h"

namespace volant::cli {
namespace {

int report(const Error& error) {
    std::fprintf(stderr, "volant: %s\n", error.message.c_str());
    if (!error.hint.empty()) std::fprintf(stderr, "  %s\n", error.hint.c_str());
    return error_row(error.code).exit_code;
}

int exit_code(const Status& status) {
    return status.ok() ? 0 : report(status.error());
}

int run(int argc, char** argv) {
    CLI::App app{
        "Volant: a data-flywheel server. It collects what users do, learns from it, and serves "
        "what it learned."};
    app.require_subcommand(1);
    std::string folder;
    app.add_option("-w,--workspace", folder,
                   "The workspace; else the nearest folder upwards with a volant.yaml");

    CLI::App* const make = app.add_subcommand(
        "new", "Makes a workspace from a template; without arguments, lists them");
    std::string name, directory;
    make->add_option("template", name, "Which template");
    make->add_option("dir", directory, "The new folder");

    CLI::App* const serve_command = app.add_subcommand("serve", "Runs the server of a workspace");
    api::ListenOptions listen;
    serve_command->add_option("--port", listen.port, "Instead of volant.yaml's server.port");
    serve_command->add_option("--listen", listen.listen, "Instead of volant.yaml's server.listen");

    CLI::App* const simulate_command =
        app.add_subcommand("simulate", "Plays users against a running server");
    SimulateOptions town;
    declare_simulate(*simulate_command, town);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? 0 : error_row(Code::kUsage).exit_code;
    }
    logging::start({});
    if (make->parsed()) return exit_code(new_workspace(name, directory));
    if (simulate_command->parsed()) {
        const auto ended = simulate(town);
        return ended.ok() ? *ended : report(ended.error());
    }
    const auto found = find_workspace(folder);
    if (!found.ok()) return report(found.error());
    if (serve_command->parsed()) return exit_code(serve(*found, listen));
    return 0;
}

}  // namespace
}  // namespace volant::cli

int main(int argc, char** argv) {
    return volant::cli::run(argc, argv);
}
