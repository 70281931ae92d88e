#include "cli/simulation/wheel_figures.h"

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

    for (const JsonTree& item : model["versions"].items) out.versions.push_back(version_of(item));
    std::sort(
        out.versions.begin(), out.versions.end(),
        [](const VersionFigures& a, const VersionFigures& b) { return a.version < b.version; });
    for (const JsonTree& item : decisions["items"].items) {
        out.decisions.push_back({std::string(item["time"].text_or("")),
                                 std::string(item["decision"].text_or("")), integer(item["version"]),
                                 std::string(item["why"].text_or(""))});
    }
    return out;
}

}  // namespace volant::cli::simulation
