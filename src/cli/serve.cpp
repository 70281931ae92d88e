#include "cli/serve.h"

#include <malloc.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "cli/interrupt.h"
#include "cli/workspace_commands.h"
#include "core/logging.h"

namespace volant::cli {
namespace {

constexpr auto kCheckEvery = std::chrono::milliseconds(50);

// What a heap has free beyond this goes back to the system. Left alone, the C library raises both
// bounds with the largest block that it has seen, and keeps as much for good.
void bound_free_memory() {
    ::mallopt(M_TRIM_THRESHOLD, 512 << 10);
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

}  // namespace

Status serve(const std::string& folder, const api::ListenOptions& options) {
    catch_interrupts();
    ::signal(SIGPIPE, SIG_IGN);
    bound_free_memory();
    VOLANT_TRY(const auto service, api::Service::open(folder));
    std::atomic<bool> broken{false};
    service->workspace().on_fatal = [&](const Error& error) {
        logging::error("nothing can be trusted any more; stopping", error);
        broken = true;
    };
    service->workspace().is_cancelled = interrupted;
    VOLANT_OK(service->listen(options));
    logging::info("listening",
                  {{"address", options.listen.empty() ? service->workspace().spec().server.listen
                                                      : options.listen},
                   {"port", service->port()},
                   {"workspace", folder}});
    VOLANT_OK(service->start());
    logging::info("ready", {{"records", service->workspace().runner().applied_lsn()}});
    while (!interrupted() && !broken) std::this_thread::sleep_for(kCheckEvery);
    if (broken) return fail(Code::kUnavailable, "a failed sync or a fault of the server ended it");
    logging::info("stopping");
    return service->stop();
}

Run declare_serve(Options& options) {
    struct Arguments {
        api::ListenOptions listen;
        std::string level = "info";
        bool json = false;
    };
    const auto given = std::make_shared<Arguments>();
    options.option("--port", given->listen.port, "Instead of volant.yaml's server.port")
        .range(1, UINT16_MAX)
        .type("PORT");
    options.option("--listen", given->listen.listen, "Instead of volant.yaml's server.listen")
        .type("ADDRESS");
    options.option("--log-level", given->level, "debug, info, warn, error or off").type("LEVEL");
    options.flag("--log-json", given->json, "What it says, as a JSON object a line");
    return [given](const Session& session) -> Result<int> {
        VOLANT_TRY(const logging::Level level, logging::level_named(given->level));
        logging::start({.level = level, .json = given->json});
        VOLANT_TRY(const std::string folder, find_workspace(session.folder));
        VOLANT_OK(serve(folder, given->listen));
        return 0;
    };
}

}  // namespace volant::cli
