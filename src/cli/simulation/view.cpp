#include "cli/simulation/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace volant::cli::simulation {
namespace {

constexpr std::size_t kBarColumns = 32;
constexpr std::size_t kDecisionsShown = 5;
constexpr std::size_t kVersionsShown = 3;

std::string count_text(double n) {
    return format_count(static_cast<std::uint64_t>(std::max(0.0, n)));
}

// "day 4 of 14, 18:20"
std::string clock_text(const Simulation& simulation) {
    const Micros passed = simulation.now() - simulation.start();
    const std::string of =
        simulation.options().days > 0 ? fmt::format(" of {}", simulation.options().days) : "";
    return fmt::format("day {}{}, {:02}:{:02}", passed / kDay + 1, of, passed % kDay / kHour,
                       passed % kHour / kMinute);
}

// "day 3 09:12" of the decision's time, or its date when that was before this run.
std::string day_text(const Simulation& simulation, const std::string& time) {
    const auto parsed = parse_time(time);
    if (!parsed.ok() || *parsed < simulation.start())
        return fmt::format("{:<12}", time.substr(0, 10));
    const Micros passed = *parsed - simulation.start();
    return fmt::format("day {:2} {:02}:{:02}", passed / kDay + 1, passed % kDay / kHour,
                       passed % kHour / kMinute);
}

std::string bar(double rate, double full) {
    const double part = full > 0 ? std::min(1.0, rate / full) : 0;
    return std::string(static_cast<std::size_t>(part * kBarColumns + 0.5), '#');
}

std::string rate_text(const Tally& tally) {
    if (const auto rate = tally.rate()) return format_interval(rate->mean, rate->low, rate->high);
    return "-";
}

std::string lift_text(const Turn& turn) {
    const auto gained = lift(turn.arm(Arm::kLearned), turn.arm(Arm::kPopularity));
    if (!gained) return "-";
    return fmt::format("{} [{}, {}]", format_lift(gained->mean), format_lift(gained->low),
                       format_lift(gained->high));
}

Colour colour_of(Arm arm) {
    switch (arm) {
        case Arm::kLearned:
            return Colour::kGreen;
        case Arm::kPopularity:
            return Colour::kYellow;
        case Arm::kRandom:
            return Colour::kDim;
    }
    return Colour::kPlain;
}

constexpr Arm kArmsShown[] = {Arm::kLearned, Arm::kPopularity, Arm::kRandom};

std::vector<std::string> arm_lines(const Turn& turn, const Terminal& terminal) {
    std::vector<std::string> out;
    for (const Arm arm : kArmsShown) {
        const Tally& tally = turn.arm(arm);
        if (tally.shown() == 0) continue;
        const double rate =
            static_cast<double>(tally.opened()) / static_cast<double>(tally.shown());
        out.push_back(fmt::format("  {:<11} {:<22} {}", arm_name(arm), rate_text(tally),
                                  terminal.paint(colour_of(arm), bar(rate, turn.optimum()))));
    }
    out.push_back(fmt::format("  {:<11} {:<22} {}", "optimum", format_percent(turn.optimum()),
                              terminal.paint(Colour::kBlue, bar(1, 1))));
    return out;
}

std::string stage(const Terminal& terminal, std::string_view name, const std::string& text) {
    return fmt::format("  {} {}", terminal.paint(Colour::kBold, fmt::format("{:<9}", name)), text);
}

std::string version_text(const VersionFigures& version) {
    if (!version.has_loss) return fmt::format("v{}", version.version);
    return fmt::format("v{} {:.4f} ({:.4f})", version.version, version.loss, version.baseline_loss);
}

std::string versions_text(const WheelFigures& wheel) {
    if (wheel.versions.empty()) return "no version yet: the baseline answers";
    const std::size_t shown = std::min(kVersionsShown, wheel.versions.size());
    std::vector<std::string> parts;
    for (std::size_t i = wheel.versions.size() - shown; i < wheel.versions.size(); ++i) {
        parts.push_back(version_text(wheel.versions[i]));
    }
    return fmt::format("{} versions; offline log loss (baseline): {}", wheel.versions.size(),
                       fmt::join(parts, ", "));
}

std::string gate_text(const WheelFigures& wheel) {
    if (wheel.candidate > 0) {
        return fmt::format("version {} in the gate: {} of {} impressions judged", wheel.candidate,
                           count_text(wheel.gate_outcomes), count_text(wheel.gate_wanted));
    }
    if (wheel.training) return fmt::format("training: {}", format_percent(wheel.training_progress));
    return "no candidate";
}

std::string decision_text(const Simulation& simulation, const DecisionFigures& decision) {
    const std::string about = decision.version > 0 ? fmt::format(" v{}", decision.version) : "";
    return fmt::format("  {}  {:<12} {}{}{}", day_text(simulation, decision.time),
                       decision.kind + about, decision.numbers,
                       decision.numbers.empty() ? "" : "  ", decision.why);
}

std::size_t count_kind(const WheelFigures& wheel, std::string_view kind) {
    return static_cast<std::size_t>(
        std::count_if(wheel.decisions.begin(), wheel.decisions.end(),
                      [&](const DecisionFigures& d) { return d.kind == kind; }));
}

std::string since_text(const Simulation& simulation) {
    return simulation.board().learned() ? "opened of shown, since a learned version serves"
                                        : "opened of shown, before anything was learned";
}

}  // namespace

std::vector<std::string> screen(const Simulation& simulation, const WheelFigures& wheel,
                                const Moment& moment, const Terminal& terminal) {
    std::vector<std::string> out;
    const std::string budget = moment.budget > 0 ? " of " + format_seconds(moment.budget) : "";
    out.push_back(terminal.paint(
        Colour::kBold, fmt::format("{} readers, {} books, seed {}   {}   {}{}",
                                   format_count(simulation.population().readers().size()),
                                   format_count(simulation.population().books().size()),
                                   simulation.options().population.seed, clock_text(simulation),
                                   format_seconds(moment.elapsed), budget)));
    out.push_back("");
    out.push_back(stage(terminal, "collect",
                        fmt::format("{} events, {}", count_text(wheel.events),
                                    format_rate(moment.events_per_second))));
    out.push_back(stage(
        terminal, "deploy",
        fmt::format("{} rankings; {}", count_text(wheel.predictions),
                    wheel.live_version > 0 ? fmt::format("version {} serves", wheel.live_version)
                                           : std::string("the baseline serves"))));
    out.push_back(
        stage(terminal, "feedback",
              fmt::format("{} outcomes joined by event, {} by id; {} rankings closed, {} waiting",
                          count_text(wheel.joined), count_text(wheel.given),
                          count_text(wheel.closed), count_text(wheel.open))));
    out.push_back(
        stage(terminal, "optimize",
              fmt::format("{} online updates; {}", count_text(wheel.updates), gate_text(wheel))));
    out.push_back(stage(terminal, "train", versions_text(wheel)));
    out.push_back("");
    out.push_back("  " + since_text(simulation));
    const Turn total = simulation.board().total();
    for (std::string& line : arm_lines(total, terminal)) out.push_back(std::move(line));
    out.push_back(fmt::format("  learned over popularity: {}", lift_text(total)));
    out.push_back("");
    for (std::size_t i = 0; i < std::min(kDecisionsShown, wheel.decisions.size()); ++i) {
        out.push_back(decision_text(simulation, wheel.decisions[i]));
    }
    return out;
}

std::string plain_line(const Simulation& simulation, const WheelFigures& wheel,
                       const Moment& moment) {
    const Turn total = simulation.board().total();
    return fmt::format(
        "{:>7}  {}  events {} ({})  outcomes {}  updates {}  version {}  learned {}  popularity {} "
        " random {}  optimum {}",
        format_seconds(moment.elapsed), clock_text(simulation), count_text(wheel.events),
        format_rate(moment.events_per_second), count_text(wheel.joined + wheel.given),
        count_text(wheel.updates), wheel.live_version, rate_text(total.arm(Arm::kLearned)),
        rate_text(total.arm(Arm::kPopularity)), rate_text(total.arm(Arm::kRandom)),
        format_percent(total.optimum()));
}

std::vector<std::string> summary(const Simulation& simulation, const WheelFigures& wheel,
                                 const Moment& moment, const Terminal& terminal) {
    std::vector<std::string> out;
    const Micros days = (simulation.now() - simulation.start() + kDay - 1) / kDay;
    out.push_back(fmt::format("{} visits by {} readers in {} {}, played in {}; {} events, {} opens",
                              format_count(simulation.counts().visits),
                              format_count(simulation.population().readers().size()), days,
                              days == 1 ? "day" : "days", format_seconds(moment.elapsed),
                              format_count(simulation.counts().events),
                              format_count(simulation.counts().opens)));
    out.push_back(fmt::format("{} versions trained, {} promoted, {} refused, {} rolled back",
                              wheel.versions.size(), count_kind(wheel, "promote"),
                              count_kind(wheel, "refuse"), count_kind(wheel, "rollback")));
    out.push_back("");
    out.push_back(terminal.paint(Colour::kBold, since_text(simulation)));
    const Turn total = simulation.board().total();
    for (std::string& line : arm_lines(total, terminal)) out.push_back(std::move(line));
    const auto gained = lift(total.arm(Arm::kLearned), total.arm(Arm::kPopularity));
    out.push_back("");
    if (!gained) {
        out.push_back(
            "No learned version has served beside the baseline yet: there is nothing to compare.");
    } else {
        const bool sure = gained->low > 1 || gained->high < 1;
        out.push_back(terminal.paint(
            sure ? Colour::kGreen : Colour::kYellow,
            fmt::format("Lift of learned over popularity: {}, 95 % interval clustered by reader{}",
                        lift_text(total),
                        sure ? "" : ", which includes 0: this run does not show a difference")));
    }
    out.push_back("");
    out.push_back(terminal.paint(Colour::kBold, "What each turn added"));
    Table table({"from", "version", "learned", "popularity", "lift", "optimum"});
    for (const Turn& turn : simulation.board().turns()) {
        if (turn.optimum_shown == 0) continue;
        table.row({fmt::format("day {}", (turn.start - simulation.start()) / kDay + 1),
                   std::to_string(turn.version), rate_text(turn.arm(Arm::kLearned)),
                   rate_text(turn.arm(Arm::kPopularity)), lift_text(turn),
                   format_percent(turn.optimum())});
    }
    for (std::string& line : table.lines(terminal)) out.push_back("  " + std::move(line));
    return out;
}

namespace {

void write_estimate(std::string_view name, const std::optional<measure::Estimate>& estimate,
                    json::Writer& out) {
    out.key(name);
    if (!estimate) {
        out.null();
        return;
    }
    out.object()
        .key("value")
        .number(estimate->mean)
        .key("low")
        .number(estimate->low)
        .key("high")
        .number(estimate->high)
        .end();
}

void write_turn(const Turn& turn, json::Writer& out) {
    out.object().key("version").integer(turn.version).key("start").time(turn.start);
    out.key("optimum").number(turn.optimum());
    out.key("arms").array();
    for (const Arm arm : kArmsShown) {
        const Tally& tally = turn.arm(arm);
        if (tally.shown() == 0) continue;
        out.object().key("arm").string(arm_name(arm)).key("shown").unsigned_integer(tally.shown());
        out.key("opened").unsigned_integer(tally.opened());
        write_estimate("open_rate", tally.rate(), out);
        out.end();
    }
    out.end();
    write_estimate("lift", lift(turn.arm(Arm::kLearned), turn.arm(Arm::kPopularity)), out);
    out.end();
}

}  // namespace

void write_summary(const Simulation& simulation, const WheelFigures& wheel, const Moment& moment,
                   json::Writer& out) {
    out.object();
    out.key("seed").unsigned_integer(simulation.options().population.seed);
    out.key("users").unsigned_integer(simulation.population().readers().size());
    out.key("books").unsigned_integer(simulation.population().books().size());
    out.key("from").time(simulation.start()).key("to").time(simulation.now());
    out.key("seconds").number(static_cast<double>(moment.elapsed) / kSecond);
    out.key("visits").unsigned_integer(simulation.counts().visits);
    out.key("events").unsigned_integer(simulation.counts().events);
    out.key("opens").unsigned_integer(simulation.counts().opens);
    out.key("feedbacks").unsigned_integer(simulation.counts().feedbacks);
    out.key("versions").unsigned_integer(wheel.versions.size());
    out.key("total");
    write_turn(simulation.board().total(), out);
    out.key("turns").array();
    for (const Turn& turn : simulation.board().turns()) {
        if (turn.optimum_shown > 0) write_turn(turn, out);
    }
    out.end().end();
}

}  // namespace volant::cli::simulation
