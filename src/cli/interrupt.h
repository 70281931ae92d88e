// Interrupt: SIGINT and SIGTERM ask a long command to come to an orderly end.
#pragma once

namespace volant::cli {

// From now on both signals are remembered instead of ending the process; a second one ends it at
// once.
void catch_interrupts();
// Has one come? Any thread.
bool interrupted();

}  // namespace volant::cli
