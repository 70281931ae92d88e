#include "cli/simulation/wheel_figures.h"

#include <fmt/format.h>

#include <algorithm>

namespace volant::cli::simulation {
namespace {

std::int64_t integer(const JsonTree& tree) {
    return static_cast<std::int64_t>(tree.number_or(0));
}

VersionFigures version_of(const JsonTree& item) {
    VersionFigures out;
    out.version = integer(item["version"]);
    out.state = item["state"].text_or("");
    for (const JsonTree& metric : item["metrics"].items) {
        if (metric["name"].text_or("") != "log_loss") continue;
        out.has_loss = true;
        out.loss = metric["value"].number_or(0);
        out.baseline_loss = metric["baseline"].number_or(0);
    }
    return out;
}

std::string numbers_of(const JsonTree& numbers) {
    for (const std::string name :
         {"loss_difference", "outcome_difference", "offline_loss_difference"}) {
        if (!numbers.has(name)) continue;
        return fmt::format("{} {:+.4f} [{:+.4f}, {:+.4f}]", name, numbers[name].number_or(0),
                           numbers[name + "_low"].number_or(0),
                           numbers[name + "_high"].number_or(0));
    }
    return {};
}

}  // namespace

WheelFigures read_wheel(const JsonTree& status, const JsonTree& model, const JsonTree& decisions) {
    WheelFigures out;
    const JsonTree& stages = status["stages"];
    out.events = stages["collect"]["events"].number_or(0);
    out.predictions = stages["deploy"]["predictions"].number_or(0);
    const JsonTree& feedback = stages["feedback"];
    out.open = feedback["open"].number_or(0);
    out.closed = feedback["closed"].number_or(0);
    out.joined = feedback["joined"].number_or(0);
    out.given = feedback["given"].number_or(0);
    out.updates = stages["optimize"]["updates"].number_or(0);
    out.live_version = integer(model["live"]);
    out.candidate = integer(model["candidate"]);
    out.gate_outcomes = model["gate"]["outcomes"].number_or(0);
    out.gate_wanted = model["gate"]["wanted"].number_or(0);
    for (const JsonTree& job : status["jobs"].items) {
        if (job["state"].text_or("") != "running" ||
            job["model"].text_or("") != model["model"].text_or("-"))
            continue;
        out.training = true;
        const double total = job["total"].number_or(0);
        if (total > 0) out.training_progress = job["done"].number_or(0) / total;
    }

    for (const JsonTree& item : model["versions"].items) out.versions.push_back(version_of(item));
    std::sort(
        out.versions.begin(), out.versions.end(),
        [](const VersionFigures& a, const VersionFigures& b) { return a.version < b.version; });
    for (const JsonTree& item : decisions["items"].items) {
        out.decisions.push_back({std::string(item["time"].text_or("")),
                                 std::string(item["decision"].text_or("")),
                                 integer(item["version"]), std::string(item["why"].text_or("")),
                                 numbers_of(item["numbers"])});
    }
    return out;
}

}  // namespace volant::cli::simulation
