// Importer of events: a file of history becomes event drafts in the order of their time.
//
//     VOLANT_TRY(EventImporter importer, EventImporter::open("retail.csv.gz", options, spec,
//     progress)); show(importer.columns(), importer.notes());           // types are inferred from
//     all rows VOLANT_TRY(ImportReport report, importer.run(temp_dir, progress, [&](EventDraft&&
//     draft) {
//         return submit(std::move(draft));
//     }));
//
// Reads CSV, TSV, NDJSON, a JSON array and Vowpal Wabbit text, plain or in gzip or zstd, in the
// encodings of import/text_source.h. Two passes in constant memory: one infers the types and the
// form of the dates, one maps rows to drafts and sorts them (runs on disk, merged). The sort is
// stable: rows of one time keep the file's order.
//
// Every draft keeps the rules of event_rules.h (a row that does not is refused), and has its time
// and an id: the row's own, or one made from the file's bytes, the event type, the mapping and the
// row's number, so that the same import again is all duplicates. The records must be flagged
// log::kKnownAtAssumed, with known_at = event_time: the file does not say when its rows could have
// been known.
//
// Mapping (`--map target=column,...`): the targets are `time`, `id`, `event`, `to`, the entities of
// volant.yaml, `-` (the column is left out), or a property's name; columns that are not mapped are
// mapped to a target of their own name (an entity, time, id) or become properties. A row without a
// mapped time is refused; without an entity, an id or a `to` it has none, and the rules of its
// event decide.
//
// Rows may be events of many kinds (`event` is mapped, or NDJSON as POST /v1/events takes it and
// GET /v1/events gives it): properties then have the types that their event declares; others have
// in NDJSON the types that they are written with. `lsn` and `known_at`, which GET /v1/events adds,
// are left out.
//
// Times without a zone are in the one that the options say, else the workspace's; without either
// they are taken as UTC, and a note says so.
//
// Threads: one importer a thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collect/event_draft.h"
#include "collect/refusals.h"
#include "core/result.h"
#include "core/value.h"
#include "spec/spec.h"

namespace volant::collect {

// "user=CustomerID,time=InvoiceDate" as pairs {target, column}. Errors: kUsage.
using ImportMap = std::vector<std::pair<std::string, std::string>>;
Result<ImportMap> parse_import_map(std::string_view text);

struct ImportOptions {
    std::string event;  // type of all rows; "" where a column is mapped to `event`
    ImportMap map;
    std::string format;             // csv tsv ndjson vw; "" = by the name, then by the first bytes
    std::optional<char> delimiter;  // csv; else the one that fits the first lines: , tab ; |
    std::optional<bool> quotes;  // RFC 4180 quotes; else yes, and no in a file that is named .tsv
    bool header = true;          // csv: else the columns are column1, column2, ...
    std::vector<std::string> missing;  // texts that mean a missing value, beside the empty one
    std::string encoding = "utf-8";
    std::optional<bool> day_first;  // dates like 3/4/2010; else by the file's own evidence
    std::optional<ZoneRule> zone;   // of times without one; else the workspace's
    Micros now = 0;  // the clock: rows may not lie beyond it, rows without a time get it
    std::size_t sort_bytes_max = 64u << 20;  // in memory at once
};

enum class ImportStage { kInfer, kSort, kSend };
// `done` of `total` bytes (kInfer, kSort: of the file) or rows (kSend); total 0: not known. False
// cancels: kCancelled. The end of a stage is told too.
using ImportProgress =
    std::function<bool(ImportStage stage, std::uint64_t done, std::uint64_t total)>;

enum class ImportVerdict { kAccepted, kDuplicate };
// Takes the draft of a line. An error of the caller's kind (HTTP 4xx in the table of errors)
// refuses the row, another one ends the import. A sink that learns of duplicates later corrects the
// report itself.
using ImportSink = std::function<Result<ImportVerdict>(EventDraft&& draft, std::uint64_t line)>;

struct ImportColumn {
    std::string name;
    Type type = Type::kNull;  // kNull: no value at all
    std::uint64_t missing = 0;
    std::string target;  // "time", "user", a property's name, ...; "" when left out
};

struct ImportReport {
    std::uint64_t rows = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t refused = 0;
    std::vector<ImportRefusal> refusals;  // as Refusals::list() gives them
    std::vector<ImportColumn> columns;
    std::vector<std::string> notes;        // what was assumed: zones, the order of dates, ids
    std::vector<std::string> warnings;     // by the caller: what the sink met
    Micros first_time = 0, last_time = 0;  // of the accepted rows
};
// surface.md §6: {"rows","accepted","refused","duplicates","columns":[{"name","type","missing"}]},
// and "refusals", "notes", "warnings".
std::string import_report_json(const ImportReport& report);

class EventImporter {
  public:
    // Reads the file once; `spec` must outlive the importer. Errors: kUnavailable, kCorrupt
    // (compression), kUsage (the mapping; names the nearest column), kUnsupportedMediaType
    // (encoding, format), kInvalidJson (no rows).
    static Result<EventImporter> open(const std::string& path, ImportOptions options,
                                      const spec::Spec& spec, const ImportProgress& progress = {});
    EventImporter(EventImporter&&) noexcept;
    EventImporter& operator=(EventImporter&&) noexcept;
    ~EventImporter();

    const std::vector<ImportColumn>& columns() const;
    const std::vector<std::string>& notes() const;

    // Reads the file again and hands the drafts over in order of time. `temp_dir` takes the runs,
    // which vanish with the process. May be called again.
    Result<ImportReport> run(const std::string& temp_dir, const ImportProgress& progress,
                             const ImportSink& sink);

  private:
    struct State;
    explicit EventImporter(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace volant::collect
