#include "cli/interrupt.h"

#include <csignal>

namespace volant::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void remember(int signal) {
    g_interrupted = 1;
    std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
    std::signal(SIGINT, remember);
    std::signal(SIGTERM, remember);
}

bool interrupted() {
    return g_interrupted != 0;
}

}  // namespace volant::cli
