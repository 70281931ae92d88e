#include "cli/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "cli/client.h"
#include "cli/event_sender.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/workspace_commands.h"
#include "core/clock.h"
#include "core/files.h"
#include "core/nearest.h"
#include "core/time_zone.h"

namespace volant::cli {
namespace {

struct ImportArguments {
    std::string file, event, format, delimiter, dates, zone, encoding = "utf-8";
    std::vector<std::string> map, missing;
    bool no_header = false;
};

Result<collect::ImportOptions> import_options(const ImportArguments& given) {
    collect::ImportOptions options;
    options.event = given.event;
    options.format = given.format;
    options.encoding = given.encoding;
    options.missing = given.missing;
    options.header = !given.no_header;
    for (const std::string& text : given.map) {
        VOLANT_TRY(const collect::ImportMap map, collect::parse_import_map(text));
        options.map.insert(options.map.end(), map.begin(), map.end());
    }
    if (!given.delimiter.empty()) {
        VOLANT_TRY(options.delimiter, read_delimiter(given.delimiter));
    }
    if (!given.zone.empty()) {
        auto zone = read_zone(given.zone);
        if (!zone.ok()) return fail(Code::kUsage, "--time-zone: " + zone.error().message);
        options.zone = *std::move(zone);
    }
    if (!given.dates.empty()) options.day_first = given.dates == "day-first";
    return options;
}

std::string_view stage_name(collect::ImportStage stage) {
    switch (stage) {
        case collect::ImportStage::kInfer:
            return "reading";
        case collect::ImportStage::kSort:
            return "sorting by time";
        case collect::ImportStage::kSend:
            return "importing";
    }
    return "";
}

// A bar for each stage; an interrupt ends the import.
class ImportBar {
  public:
    bool operator()(collect::ImportStage stage, std::uint64_t done, std::uint64_t total) {
        if (!bar_ || stage != stage_) {
            stage_ = stage;
            const bool rows = stage == collect::ImportStage::kSend;
            bar_ = std::make_unique<Progress>(Terminal::of(stderr), std::string(stage_name(stage)),
                                              total, rows ? "rows" : "bytes");
        }
        bar_->total(total);
        bar_->update(done);
        return !interrupted();
    }
    void done() { bar_.reset(); }

  private:
    collect::ImportStage stage_ = collect::ImportStage::kInfer;
    std::unique_ptr<Progress> bar_;
};

// Duplicates and refusals that only the apply thread could see.
void correct(collect::ImportReport& report, const EventSender& sender) {
    const std::vector<collect::ImportRefusal> refusals = sender.refusals().list();
    const std::uint64_t refused = sender.refusals().count();
    report.accepted -= std::min(report.accepted, sender.duplicates() + refused);
    report.duplicates += sender.duplicates();
    report.refused += refused;
    report.refusals.insert(report.refusals.end(), refusals.begin(), refusals.end());
}

// What the workspace had before the import.
struct Before {
    Micros now = 0;  // where history may end: the later of the two clocks; one may be simulated
    std::optional<Micros> newest;  // of its events
};

Result<Before> what_was_before(Client& client) {
    VOLANT_TRY(const JsonTree status, client.get("/v1/status"));
    VOLANT_TRY(const Micros time, parse_time(status["time"].text_or("")));
    Before before{std::max(time, SystemClock().now()), {}};
    const JsonTree& collected = status["stages"]["collect"];
    if (collected["events"].number_or(0) > 0) {
        VOLANT_TRY(before.newest, parse_time(collected["last_event_time"].text_or("")));
    }
    return before;
}

// The log is read once, in its own order: what lies before events that are in it already cannot be
// put between them.
std::string late_warning(Micros earliest, Micros newest) {
    return fmt::format(
        "events from {} on came behind events up to {} that were there before. Examples of those "
        "times have closed without them (an outcome that this file brings counts as none), and "
        "features of these events know what came after them. Histories of one time belong in one "
        "import: into an empty data/, one file with a column for the event's type (--map "
        "event=COLUMN), or NDJSON files one behind the other",
        format_time(earliest).substr(0, 19), format_time(newest).substr(0, 19));
}

// Events of any type are taken, so that a typing error would be found much later.
bool is_known(const spec::Spec& spec, const std::string& event) {
    return event.empty() || event.starts_with('$') || spec.event_index(event) >= 0;
}

std::string unknown_warning(const spec::Spec& spec, const std::string& event) {
    std::vector<std::string_view> known;
    for (const spec::EventDecl& declared : spec.events) known.push_back(declared.name);
    return fmt::format("volant.yaml declares no event \"{}\": no feature and no outcome sees it{}",
                       event, did_you_mean(event, known));
}

Result<collect::ImportReport> run_import(Client& client, const spec::Spec& spec,
                                         const std::string& file, collect::ImportOptions options) {
    VOLANT_TRY(const Before before, what_was_before(client));
    options.now = before.now;
    const std::string event = options.event;
    ImportBar bar;
    const auto progress = [&bar](auto... stage) { return bar(stage...); };
    VOLANT_TRY(auto importer,
               collect::EventImporter::open(file, std::move(options), spec, progress));
    EventSender sender(client, spec);
    VOLANT_TRY(collect::ImportReport report,
               importer.run(client.folder() + "/data/tmp", progress,
                            [&sender](collect::EventDraft&& draft,
                                      std::uint64_t line) -> Result<collect::ImportVerdict> {
                                VOLANT_OK(sender.send(draft, line));
                                return collect::ImportVerdict::kAccepted;
                            }));
    VOLANT_OK(sender.finish());
    correct(report, sender);
    if (!is_known(spec, event)) report.warnings.push_back(unknown_warning(spec, event));
    if (before.newest && sender.earliest_accepted() < *before.newest)
        report.warnings.push_back(late_warning(sender.earliest_accepted(), *before.newest));
    return report;
}

Result<int> import_file(const Session& session, const ImportArguments& given) {
    catch_interrupts();
    VOLANT_TRY(collect::ImportOptions options, import_options(given));
    VOLANT_TRY(const std::string folder, find_workspace(session.folder));
    if (!file_exists(given.file)) return fail(Code::kUnavailable, "found no file " + given.file);
    VOLANT_TRY(const spec::Spec spec, read_spec(folder));
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(const collect::ImportReport report,
               run_import(client, spec, given.file, std::move(options)));
    if (session.json) {
        print_line(collect::import_report_json(report));
    } else {
        print_report(given.file, report);
    }
    const bool nothing = report.rows > 0 && report.accepted + report.duplicates == 0;
    return nothing ? error_row(Code::kUsage).exit_code : 0;
}

}  // namespace

Result<char> read_delimiter(const std::string& text) {
    if (text == "tab" || text == "\\t") return '\t';
    if (text == "comma") return ',';
    if (text.size() == 1 && text[0] != '"' && text[0] != '\n' && text[0] != '\r') return text[0];
    return fail(Code::kUsage, "--delimiter: found \"" + text + "\", expected one character or tab");
}

void print_report(const std::string& file, const collect::ImportReport& report) {
    Table table({"column", "type", "missing", "becomes"});
    for (const collect::ImportColumn& column : report.columns) {
        table.row({column.name, std::string(type_name(column.type)), format_count(column.missing),
                   column.target.empty() ? "(left out)" : column.target});
    }
    table.print(Terminal::of(stdout));
    fmt::print("\n{}: {} rows: {} accepted, {} refused, {} duplicates\n", file,
               format_count(report.rows), format_count(report.accepted),
               format_count(report.refused), format_count(report.duplicates));
    if (report.accepted > 0) {
        fmt::print("events from {} to {}\n", format_time(report.first_time).substr(0, 19),
                   format_time(report.last_time).substr(0, 19));
    }
    for (const collect::ImportRefusal& refusal : report.refusals) {
        fmt::print("refused {} (first in line {}): {}\n", format_count(refusal.count), refusal.line,
                   refusal.reason);
    }
    for (const std::string& note : report.notes) print_note("note: " + note);
    for (const std::string& warning : report.warnings) print_note("warning: " + warning);
}

Run declare_import(Options& options) {
    const auto given = std::make_shared<ImportArguments>();
    options
        .option("FILE", given->file,
                "CSV, TSV, NDJSON, a JSON array or Vowpal Wabbit text, plain, .gz or .zst")
        .required()
        .type("");
    options
        .option("--events", given->event,
                "The events' type; left out where a column is mapped to event")
        .type("TYPE");
    options
        .option("--map", given->map,
                "target=column,...: targets are time, id, event, to, an entity, a property's "
                "name, or - to leave the column out; other columns become properties")
        .type("MAP")
        .repeated();
    options.option("--format", given->format, "csv, tsv, ndjson or vw; else by the file")
        .type("FORMAT");
    options.option("--delimiter", given->delimiter, "One character, or tab; else by the file")
        .type("C");
    options.flag("--no-header", given->no_header, "The columns are column1, column2, ...");
    options
        .option("--missing", given->missing, "Means a missing value, as the empty text; repeat it")
        .type("TEXT")
        .repeated();
    options
        .option("--encoding", given->encoding, "utf-8, gb18030, gbk, big5, shift_jis, latin-1, ...")
        .type("NAME")
        .shows_default();
    options.option("--dates", given->dates, "How to read 3/4/2010, where the file does not tell")
        .type("ORDER")
        .one_of({"day-first", "month-first"});
    options
        .option(
            "--time-zone", given->zone,
            "Of times that come without one, instead of volant.yaml's time_zone: UTC, +01:00 or "
            "Europe/Berlin")
        .type("ZONE");
    return [given](const Session& session) { return import_file(session, *given); };
}

}  // namespace volant::cli
