#include "cli/replay.h"

#include <fmt/format.h>

#include <memory>

#include "api/package_store.h"
#include "api/secrets.h"
#include "cli/output.h"
#include "cli/workspace_commands.h"
#include "log/file_disk.h"
#include "log/inspect.h"
#include "log/snapshot_store.h"
#include "optimize/replay.h"

namespace volant::cli {
namespace {

Result<optimize::ReplayReport> verify(const std::string& folder) {
    const std::string log_folder = folder + "/data/log";
    const log::FileDisk disk;
    VOLANT_TRY(const log::Lsn oldest, log::oldest_lsn(disk, log_folder));
    VOLANT_TRY(const api::Secrets secrets, api::read_secrets(folder + "/data/keys"));
    optimize::ReplayInput input;
    input.open = [&](log::Lsn from) { return log::read_log(disk, log_folder, from); };
    input.oldest = oldest;
    const log::SnapshotStore snapshots(folder + "/data/snapshots");
    input.snapshots = &snapshots;
    input.weights = [&folder](const spec::Spec& spec) {
        return std::make_unique<api::PackageStore>(spec, folder + "/data/models");
    };
    input.workspace_seed = secrets.seed;
    Progress bar(Terminal::of(stderr), "replaying", 0, "records");
    input.progress = [&bar](std::uint64_t records) { bar.update(records); };
    return optimize::verify_replay(input);
}

void write_json(const optimize::ReplayReport& report) {
    std::string text;
    json::Writer out(text);
    out.object();
    out.key("exact").unsigned_integer(report.exact);
    out.key("beyond_horizon").unsigned_integer(report.beyond_horizon);
    out.key("erased").unsigned_integer(report.erased);
    out.key("other_profile").unsigned_integer(report.other_profile);
    out.key("mismatched").unsigned_integer(report.mismatched);
    out.key("first_mismatch");
    if (const auto& first = report.first_mismatch) {
        out.object().key("lsn").unsigned_integer(first->lsn).key("what").string(first->what);
        out.key("logged").string(first->logged).key("replayed").string(first->replayed).end();
    } else {
        out.null();
    }
    if (!report.missing.empty()) out.key("missing_versions").array();
    for (const optimize::ReplayMissing& missing : report.missing) {
        out.object().key("model").string(missing.model);
        out.key("version").unsigned_integer(missing.version);
        out.key("answers").unsigned_integer(missing.answers);
        out.key("why").string(missing.why).end();
    }
    if (!report.missing.empty()) out.end();
    out.end();
    print_line(text);
}

void show(const optimize::ReplayReport& report) {
    Table table({});
    table.row({"exact", format_count(report.exact)});
    table.row({"beyond horizon", format_count(report.beyond_horizon)});
    table.row({"erased", format_count(report.erased)});
    table.row({"other profile", format_count(report.other_profile)});
    table.row({"mismatched", format_count(report.mismatched)});
    table.print(Terminal::of(stdout));
    if (const auto& first = report.first_mismatch) {
        fmt::print("first mismatch, lsn {}: {}: logged {}, replayed {}\n", first->lsn, first->what,
                   first->logged, first->replayed);
    }
    for (const optimize::ReplayMissing& missing : report.missing) {
        fmt::print("version {} of {} is missing, with {} of the mismatched answers: {}\n",
                   missing.version, missing.model, format_count(missing.answers), missing.why);
    }
}

Result<int> replay(const Session& session) {
    VOLANT_TRY(const std::string folder, find_workspace(session.folder));
    VOLANT_TRY(const optimize::ReplayReport report, verify(folder));
    if (session.json) {
        write_json(report);
    } else {
        show(report);
    }
    return report.mismatched == 0 ? 0 : kAnswerIsNo;
}

}  // namespace

Run declare_replay(Options& options) {
    const auto asked = std::make_shared<bool>(false);
    options.flag("--verify", *asked, "Compares each with what was logged").required();
    return [asked](const Session& session) { return replay(session); };
}

}  // namespace volant::cli
