#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/output.h"
#include "cli/workspace_commands.h"

namespace volant::cli {
namespace {

std::string_view state_name(Check::State state) {
    switch (state) {
        case Check::State::kOk:
            return "ok";
        case Check::State::kWarning:
            return "warning";
        case Check::State::kFailed:
            return "failed";
    }
    return "";
}

Colour state_colour(Check::State state) {
    switch (state) {
        case Check::State::kOk:
            return Colour::kGreen;
        case Check::State::kWarning:
            return Colour::kYellow;
        case Check::State::kFailed:
            return Colour::kRed;
    }
    return Colour::kPlain;
}

void show(const std::vector<Check>& checks) {
    const Terminal terminal = Terminal::of(stdout);
    Table table({});
    for (const Check& check : checks) {
        table.row({terminal.paint(state_colour(check.state), state_name(check.state)), check.name,
                   check.found});
        if (!check.advice.empty()) table.row({"", "", "-> " + check.advice});
    }
    table.print(terminal);
}

std::string checks_json(const std::vector<Check>& checks, bool well) {
    std::string text;
    json::Writer out(text);
    out.object().key("ok").boolean(well).key("checks").array();
    for (const Check& check : checks) {
        out.object().key("name").string(check.name).key("state").string(state_name(check.state));
        out.key("found").string(check.found).key("advice").string(check.advice).end();
    }
    out.end().end();
    return text;
}

Result<int> doctor(const Session& session) {
    std::vector<Check> checks = check_machine();
    if (const auto folder = find_workspace(session.folder); folder.ok()) {
        const std::vector<Check> more = check_workspace(*folder);
        checks.insert(checks.end(), more.begin(), more.end());
    } else if (!session.folder.empty()) {
        return folder.error();
    } else {
        print_note("no workspace here: only the machine is looked at");
    }
    const bool well = std::none_of(checks.begin(), checks.end(), [](const Check& check) {
        return check.state == Check::State::kFailed;
    });
    if (session.json) {
        print_line(checks_json(checks, well));
    } else {
        show(checks);
    }
    return well ? 0 : kAnswerIsNo;
}

}  // namespace

Run declare_doctor(Options&) {
    return doctor;
}

}  // namespace volant::cli
