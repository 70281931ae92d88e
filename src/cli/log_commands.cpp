#include "cli/log_commands.h"

#include <fmt/format.h>

#include <memory>

#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/workspace_commands.h"
#include "log/file_disk.h"
#include "log/inspect.h"

namespace volant::cli {
namespace {

struct DumpArguments {
    std::uint64_t from = 0;  // 0: the oldest
    std::uint64_t limit = 0;
    std::string type;
};

std::vector<std::string> type_names() {
    std::vector<std::string> names;
    const auto unknown = log::record_type_name(static_cast<log::RecordType>(255));
    for (int type = 0; type < 256; ++type) {
        const auto name = log::record_type_name(static_cast<log::RecordType>(type));
        if (name != unknown) names.emplace_back(name);
    }
    return names;
}

Result<std::string> log_folder(const Session& session) {
    VOLANT_TRY(const std::string folder, find_workspace(session.folder));
    return folder + "/data/log";
}

Result<int> dump(const Session& session, const DumpArguments& given) {
    catch_interrupts();
    VOLANT_TRY(const std::string folder, log_folder(session));
    const log::FileDisk disk;
    log::Lsn from = given.from;
    if (from == 0) {
        VOLANT_TRY(from, log::oldest_lsn(disk, folder));
    }
    VOLANT_TRY(const auto reader, log::read_log(disk, folder, from));
    log::Record record;
    for (std::uint64_t shown = 0; given.limit == 0 || shown < given.limit;) {
        VOLANT_TRY(const bool more, reader->next(record));
        if (!more) break;
        if (interrupted()) return fail(Code::kCancelled, "interrupted");
        if (!given.type.empty() && log::record_type_name(record.type) != given.type) continue;
        print_line(log::record_json(record));
        if (std::ferror(stdout) != 0) break;  // nobody reads on
        ++shown;
    }
    return 0;
}

Result<log::LogReport> read_all(const Session& session) {
    VOLANT_TRY(const std::string folder, log_folder(session));
    const log::FileDisk disk;
    Progress bar(Terminal::of(stderr), "verifying the log", 0, "bytes");
    return log::verify_log(disk, folder, [&bar](std::uint64_t done, std::uint64_t all) {
        bar.total(all);
        bar.update(done);
    });
}

Result<int> verify(const Session& session) {
    VOLANT_TRY(const log::LogReport report, read_all(session));
    if (session.json) print_line(log::report_json(report));
    if (report.damage) {
        return fail(Code::kCorrupt,
                    fmt::format("{} at byte {}: {}", report.damage->file, report.damage->offset,
                                report.damage->what),
                    {}, fmt::format("{} records before it are good", report.records));
    }
    if (!session.json) {
        fmt::print("ok: {} records in {} batches, {} segments\n", format_count(report.records),
                   format_count(report.batches), report.segments);
    }
    return 0;
}

Result<int> stat(const Session& session) {
    VOLANT_TRY(const log::LogReport report, read_all(session));
    if (session.json) {
        print_line(log::report_json(report));
        return 0;
    }
    Table table({});
    table.row({"records", fmt::format("{} (lsn {} to {})", format_count(report.records),
                                      report.first_lsn, report.next_lsn - 1)});
    for (int type = 0; type < 256; ++type) {
        if (report.records_by_type[type] == 0) continue;
        table.row({fmt::format("  {}", log::record_type_name(static_cast<log::RecordType>(type))),
                   format_count(report.records_by_type[type])});
    }
    table.row({"bytes", fmt::format("{} in {} batches", format_bytes(report.bytes),
                                    format_count(report.batches))});
    table.row({"files", fmt::format("{} in {} segments, {} free", format_bytes(report.file_bytes),
                                    report.segments, report.free_segments)});
    if (report.records > 0) {
        table.row({"known", format_time(report.first_known_at).substr(0, 19) + " to " +
                                format_time(report.last_known_at).substr(0, 19)});
    }
    table.row({"end", report.ends_in_claim ? "clean" : "in the middle of work"});
    if (report.damage) table.row({"damage", report.damage->file + ": " + report.damage->what});
    table.print(Terminal::of(stdout));
    return 0;
}

}  // namespace

Run declare_log_dump(Options& options) {
    const auto given = std::make_shared<DumpArguments>();
    options.option("--from", given->from, "The first record's lsn; else the oldest").type("LSN");
    options.option("--limit", given->limit, "How many; else all").positive().type("N");
    options.option("--type", given->type, "Only records of this type").one_of(type_names());
    return [given](const Session& session) { return dump(session, *given); };
}

Run declare_log_verify(Options&) {
    return verify;
}

Run declare_log_stat(Options&) {
    return stat;
}

}  // namespace volant::cli
