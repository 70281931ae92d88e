// The `volant` command.
#include "cli/command_line.h"

int main(int argc, char** argv) {
    return volant::cli::run_command_line(argc, argv);
}
