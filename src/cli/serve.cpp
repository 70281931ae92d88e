#include "cli/serve.h"

#include <signal.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "cli/interrupt.h"
#include "core/logging.h"

namespace volant::cli {
namespace {

constexpr auto kLook = std::chrono::milliseconds(50);

}  // namespace

Status serve(const std::string& folder, const api::ListenOptions& options) {
    catch_interrupts();
    ::signal(SIGPIPE, SIG_IGN);
    VOLANT_TRY(const auto service, api::Service::open(folder));
    std::atomic<bool> broken{false};
    service->workspace().on_fatal = [&](const Error& error) {
        logging::error("the log can no longer be trusted; stopping", error);
        broken = true;
    };
    VOLANT_OK(service->listen(options));
    logging::info("listening",
                  {{"address", options.listen.empty() ? service->workspace().spec().server.listen
                                                      : options.listen},
                   {"port", service->port()},
                   {"workspace", folder}});
    VOLANT_OK(service->start());
    logging::info("ready", {{"records", service->workspace().runner().applied_lsn()}});
    while (!interrupted() && !broken) std::this_thread::sleep_for(kLook);
    if (broken) return fail(Code::kUnavailable, "the log can no longer be trusted: a sync failed");
    logging::info("stopping");
    return service->stop();
}

}  // namespace volant::cli
