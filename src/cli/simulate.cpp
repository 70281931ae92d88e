#include "cli/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "api/percent.h"
#include "cli/client.h"
#include "cli/interrupt.h"
#include "cli/simulation/view.h"
#include "cli/terminal.h"
#include "cli/workspace_commands.h"
#include "core/clock.h"

namespace volant::cli {
namespace {

using simulation::HttpShop;
using simulation::Moment;
using simulation::Simulation;
using simulation::WheelFigures;

constexpr Micros kShowEvery = 500 * kMillisecond;
constexpr Micros kPlainShowEvery = 5 * kSecond;
constexpr int kDecisionsAsked = 200;
constexpr int kInterruptedExit = 130;

// The run with its clock of wall time and what was last seen of the server.
class Show {
  public:
    Show(const SimulateOptions& options, Simulation& run, HttpShop& shop)
        : options_(options),
          run_(run),
          shop_(shop),
          terminal_(Terminal::of(stderr)),
          screen_(terminal_) {}

    Micros elapsed() const { return monotonic_now() - start_; }
    bool over() const { return options_.minutes > 0 && elapsed() >= budget(); }

    // Asks the server and redraws, when it is time.
    Status refresh() {
        const Micros now = monotonic_now();
        if (drawn_ != 0 && now - drawn_ < (terminal_.moving ? kShowEvery : kPlainShowEvery))
            return {};
        VOLANT_OK(ask());
        moment_.elapsed = elapsed();
        moment_.budget = budget();
        if (drawn_ != 0) {
            moment_.events_per_second = static_cast<double>(run_.counts().events - events_drawn_) *
                                        kSecond / static_cast<double>(now - drawn_);
        }
        events_drawn_ = run_.counts().events;
        drawn_ = now;
        if (terminal_.moving) {
            screen_.show(simulation::screen(run_, wheel_, moment_, terminal_));
        } else {
            fmt::print(stderr, "{}\n", simulation::plain_line(run_, wheel_, moment_));
        }
        return {};
    }

    Status finish() {
        VOLANT_OK(ask());
        moment_.elapsed = elapsed();
        const Terminal out = Terminal::of(stdout);
        if (options_.json) {
            std::string text;
            json::Writer writer(text);
            simulation::write_summary(run_, wheel_, moment_, writer);
            fmt::print("{}\n", text);
            return {};
        }
        fmt::print("\n");
        for (const std::string& line : simulation::summary(run_, wheel_, moment_, out))
            fmt::print("{}\n", line);
        return {};
    }

    // Waits until the visits so far do not exceed the asked rate.
    void pace() const {
        if (options_.visits_per_second <= 0) return;
        const double due = static_cast<double>(run_.counts().visits) / options_.visits_per_second;
        const Micros wait = static_cast<Micros>(due * kSecond) - elapsed();
        if (wait > 0)
            std::this_thread::sleep_for(std::chrono::microseconds(std::min(wait, kSecond)));
    }

  private:
    Micros budget() const { return static_cast<Micros>(options_.minutes * kMinute); }

    Status ask() {
        const std::string& model = run_.options().model;
        VOLANT_TRY(const JsonTree status, shop_.get("/v1/status"));
        VOLANT_TRY(const JsonTree about, shop_.get("/v1/models/" + api::percent_encode(model)));
        VOLANT_TRY(const JsonTree decisions,
                   shop_.get(fmt::format("/v1/decisions?limit={}", kDecisionsAsked)));
        wheel_ = simulation::read_wheel(status, about, decisions);
        return {};
    }

    const SimulateOptions& options_;
    Simulation& run_;
    HttpShop& shop_;
    Terminal terminal_;
    Screen screen_;
    WheelFigures wheel_;
    Moment moment_;
    Micros start_ = monotonic_now();
    Micros drawn_ = 0;
    std::uint64_t events_drawn_ = 0;
};

// http://HOST[:PORT][/]
Status read_url(std::string_view url, simulation::ShopOptions& shop) {
    const Error error =
        fail(Code::kUsage, fmt::format("--url: found '{}', expected http://HOST:PORT", url));
    if (!url.starts_with("http://")) return error;
    std::string_view rest = url.substr(7);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const std::size_t colon = rest.rfind(':');
    shop.host = rest.substr(0, colon);
    if (shop.host.empty()) return error;
    if (colon == rest.npos) return {};
    const std::string_view digits = rest.substr(colon + 1);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), shop.port);
    if (code != std::errc() || end != digits.data() + digits.size() || shop.port == 0) return error;
    return {};
}

}  // namespace

Run declare_simulate(Options& options) {
    const auto asked = std::make_shared<SimulateOptions>();
    auto& town = asked->town;
    options.option("--url", asked->url, "The server; by default the one that serves the workspace");
    options.option("--seed", town.population.seed, "The town and all that happens in it")
        .shows_default();
    options.option("--users", town.population.users, "Readers in the town")
        .range(2, 1'000'000)
        .shows_default();
    options.option("--books", town.population.books, "Books in the shop")
        .range(1, 2000)
        .shows_default();
    options
        .option("--tastes", asked->tastes,
                "hidden, or none: then no ranking is better than another")
        .one_of({"hidden", "none"})
        .shows_default();
    options.option("--model", town.model, "The ranking model that is asked").shows_default();
    options.option("--days", town.days, "Simulated days to play").range(1, 36'500).shows_default();
    options.flag("--forever", asked->forever, "Play on until interrupted");
    options.option("--minutes", asked->minutes, "End after this much real time").positive();
    options.option("--rate", asked->visits_per_second, "At most so many visits a second")
        .positive();
    options.option("--connections", asked->shop.connections, "Connections to the server")
        .range(1, 64)
        .shows_default();
    return [asked](const Session& session) -> Result<int> {
        asked->json = session.json;
        asked->shop.key = session.key;
        if (asked->url.empty()) {
            const auto folder = find_workspace(session.folder);
            const auto server = folder.ok() ? running_server(*folder) : std::nullopt;
            if (server) {
                asked->shop.host = server->host;
                asked->shop.port = server->port;
            } else if (!session.folder.empty()) {
                return fail(Code::kUnavailable, "no server runs for " + session.folder, {},
                            "volant -w " + session.folder + " serve");
            }
        }
        return simulate(*asked);
    };
}

Result<int> simulate(SimulateOptions options) {
    options.town.population.tastes =
        options.tastes == "none" ? simulation::Tastes::kNone : simulation::Tastes::kHidden;
    if (options.forever) options.town.days = 0;
    if (!options.url.empty()) VOLANT_OK(read_url(options.url, options.shop));
    catch_interrupts();
    HttpShop shop(options.shop);
    Simulation run(options.town, shop);
    VOLANT_OK(run.prepare());
    Show show(options, run, shop);
    for (bool more = true; more && !interrupted() && !show.over();) {
        VOLANT_TRY(more, run.step());
        VOLANT_OK(show.refresh());
        show.pace();
    }
    VOLANT_OK(show.finish());
    return interrupted() ? kInterruptedExit : 0;
}

}  // namespace volant::cli
