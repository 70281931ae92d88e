#include "cli/status_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"

namespace volant::cli {
namespace {

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

std::string bytes_text(const JsonTree& bytes) {
    return format_bytes(static_cast<std::uint64_t>(std::max(0.0, bytes.number_or(0))));
}

std::string entities_text(const JsonTree& entities) {
    std::string out;
    for (const auto& [name, count] : entities.members)
        out += fmt::format(", {} {}", count_text(count), name);
    return out;
}

// A line a stage, in the order of the loop.
std::vector<std::string> stage_lines(const JsonTree& stages) {
    const JsonTree& collect = stages["collect"];
    const JsonTree& feedback = stages["feedback"];
    const auto joined = static_cast<std::uint64_t>(feedback["joined"].number_or(0) +
                                                   feedback["given"].number_or(0));
    std::vector<std::string> lines;
    const auto line = [&lines](std::string_view stage, const std::string& text) {
        lines.push_back(fmt::format("{:<8}  {}", stage, text));
    };
    line("collect", fmt::format("{} events{}", count_text(collect["events"]),
                                entities_text(collect["entities"])));
    line("log", fmt::format("{} records, {}", count_text(stages["log"]["records"]),
                            bytes_text(stages["log"]["bytes"])));
    line("features",
         fmt::format("{} declared, {} of state", count_text(stages["features"]["declared"]),
                     bytes_text(stages["features"]["bytes"])));
    line("train", count_text(stages["train"]["versions"]) + " versions");
    line("deploy", count_text(stages["deploy"]["predictions"]) + " predictions");
    line("feedback", fmt::format("{} open, {} closed, {} outcomes, {} late",
                                 count_text(feedback["open"]), count_text(feedback["closed"]),
                                 format_count(joined), count_text(feedback["late"])));
    line("optimize",
         fmt::format("{} online updates, {} decisions", count_text(stages["optimize"]["updates"]),
                     count_text(stages["optimize"]["decisions"])));
    return lines;
}

std::vector<std::string> arm_lines(const std::vector<JsonTree>& models, const Terminal& terminal) {
    Table table({"model", "arm", "shown", "mean outcome", "95 % interval"});
    for (const JsonTree& model : models) {
        for (const JsonTree& arm : model["arms"].items) {
            if (arm["impressions"].number_or(0) == 0) continue;
            table.row({model["model"].text, arm["arm"].text, count_text(arm["impressions"]),
                       figure_text(arm["outcome_mean"]), interval_text(arm["low"], arm["high"])});
        }
    }
    return table.empty() ? std::vector<std::string>{} : table.lines(terminal);
}

std::string gate_text(const JsonTree& gate) {
    if (gate.is_null()) return "-";
    return fmt::format("version {}: {} of {}", gate["version"].text, count_text(gate["outcomes"]),
                       count_text(gate["wanted"]));
}

// "1 -> 2"; a retraining has no version yet.
std::string versions_text(const JsonTree& decision) {
    if (decision["decision"].text == "retrain") return "-";
    return fmt::format("{} -> {}", decision["from"].text, decision["version"].text);
}

void section(std::vector<std::string>& lines, std::vector<std::string> more) {
    if (more.empty()) return;
    lines.emplace_back();
    append(lines, std::move(more));
}

}  // namespace

std::vector<std::string> model_lines(const std::vector<JsonTree>& models,
                                     const Terminal& terminal) {
    Table table(
        {"model", "decides", "serves", "in the gate", "answers", "open", "final", "recent loss"});
    for (const JsonTree& model : models) {
        const bool judged = model["learner"]["judged"].number_or(0) > 0;
        table.row({model["model"].text, model["decide"].text,
                   model["live"].number_or(0) == 0 ? "baseline" : "version " + model["live"].text,
                   gate_text(model["gate"]), count_text(model["outcomes"]["answers"]),
                   count_text(model["outcomes"]["open"]),
                   format_percent(model["outcomes"]["mature"].number_or(0)),
                   judged ? figure_text(model["learner"]["recent_loss"]) : "-"});
    }
    return table.lines(terminal);
}

std::vector<std::string> damage_lines(const std::vector<JsonTree>& models,
                                      const Terminal& terminal) {
    std::vector<std::string> lines;
    for (const JsonTree& model : models) {
        for (const JsonTree& version : model["versions"].items) {
            if (!version.has("damage")) continue;
            const bool mute = version["state"].text == "damaged";
            lines.push_back(terminal.paint(Colour::kRed, "damaged") +
                            fmt::format("  {} version {}{}: {}", model["model"].text,
                                        version["version"].text,
                                        mute ? ", for which the baseline answers" : "",
                                        version["damage"].text));
            lines.push_back("         -> restore data/models from a backup, or train again");
        }
    }
    return lines;
}

std::vector<std::string> version_lines(const JsonTree& model, const Terminal& terminal) {
    Table table({"version", "state", "registered", "examples", "score", "value", "95 % interval",
                 "baseline"});
    for (const JsonTree& version : model["versions"].items) {
        std::vector<std::string> cells = {version["version"].text, version["state"].text,
                                          time_text(version["created_at"]),
                                          count_text(version["examples"])};
        for (const JsonTree& score : version["metrics"].items) {
            cells.insert(cells.end(), {score["name"].text, figure_text(score["value"]),
                                       interval_text(score["low"], score["high"]),
                                       figure_text(score["baseline"])});
            table.row(std::move(cells));
            cells = {"", "", "", ""};
        }
        if (version["metrics"].items.empty()) table.row(std::move(cells));
    }
    table.row({"0", "baseline"});
    return table.lines(terminal);
}

std::vector<std::string> job_lines(const std::vector<JsonTree>& jobs, const Terminal& terminal) {
    Table table({"job", "model", "state", "why", "created", "version", "note"});
    for (const JsonTree& job : jobs) {
        std::string note = job["error"]["message"].text;
        if (job["state"].text == "running") {
            const double total = job["total"].number_or(0);
            note = job["stage"].text;
            if (total > 0) note += " " + format_percent(job["done"].number_or(0) / total);
        }
        table.row({job["job"].text, job["model"].text, job["state"].text, job["why"].text,
                   time_text(job["created_at"]), std::string(job["version"].text_or("-")), note});
    }
    return table.lines(terminal);
}

std::vector<std::string> decision_lines(const std::vector<JsonTree>& decisions,
                                        const Terminal& terminal) {
    Table table({"time", "model", "decision", "version", "by", "why"});
    for (const JsonTree& decision : decisions) {
        table.row({time_text(decision["time"]), decision["model"].text, decision["decision"].text,
                   versions_text(decision), decision["by"].text, decision["why"].text});
    }
    return table.lines(terminal);
}

std::vector<std::string> status_lines(const JsonTree& status, const std::string& where,
                                      const Terminal& terminal) {
    std::vector<std::string> lines;
    lines.push_back(terminal.paint(Colour::kBold, status["name"].text) +
                    fmt::format("  {}  log time {}", where, time_text(status["time"])));
    section(lines, stage_lines(status["stages"]));
    if (!status["models"].items.empty())
        section(lines, model_lines(status["models"].items, terminal));
    section(lines, damage_lines(status["models"].items, terminal));
    section(lines, arm_lines(status["models"].items, terminal));
    if (!status["jobs"].items.empty()) section(lines, job_lines(status["jobs"].items, terminal));
    if (!status["decisions"].items.empty())
        section(lines, decision_lines(status["decisions"].items, terminal));
    return lines;
}

}  // namespace volant::cli
