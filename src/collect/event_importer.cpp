#include "collect/event_importer.h"

#include <algorithm>

#include "collect/column_profile.h"
#include "collect/event_rules.h"
#include "collect/import/row_mapping.h"
#include "collect/import/time_sorter.h"
#include "collect/open_rows.h"
#include "core/hash.h"
#include "core/json_writer.h"
#include "core/secret.h"

namespace volant::collect {
namespace {

constexpr std::uint64_t kProgressEvery = 8192;  // rows

Status tell(const ImportProgress& progress, ImportStage stage, std::uint64_t done,
            std::uint64_t total) {
    if (!progress || progress(stage, done, total)) return {};
    return fail(Code::kCancelled, "the import was interrupted");
}

bool is_callers_fault(Code code) {
    const int status = error_row(code).http_status;
    return status >= 400 && status < 500 && code != Code::kRateLimited;
}

}  // namespace

Result<ImportMap> parse_import_map(std::string_view text) {
    ImportMap map;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view pair = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        const std::size_t equals = pair.find('=');
        if (equals == 0 || equals == std::string_view::npos || equals + 1 == pair.size()) {
            return fail(
                Code::kUsage,
                "found \"" + std::string(pair) + "\" in the mapping, expected target=column", {},
                "such as user=CustomerID,time=InvoiceDate");
        }
        map.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return map;
}

struct EventImporter::State {
    State(const spec::Spec& spec_, std::string path_, ImportOptions options_, RowMapping mapping_)
        : spec(spec_),
          path(std::move(path_)),
          options(std::move(options_)),
          mapping(std::move(mapping_)) {}

    std::string draft_id(std::uint64_t row) const {
        const Hash128 hash = hash128(id_seed + std::to_string(row));
        return "import-" + secret::hex({reinterpret_cast<const char*>(&hash), sizeof hash});
    }

    // Keeps the rules that every event must keep, then asks the sink.
    Result<ImportVerdict> take(EventDraft draft, std::uint64_t line, const ImportSink& sink) const {
        EventView event;
        std::string values;
        MadeValues made;
        view_draft(draft, values, event);
        VOLANT_OK(apply_event_rules(spec, event, made));
        return sink(draft_of(event), line);
    }

    Status sort(TimeSorter& sorter, Refusals& refusals, ImportReport& report,
                const ImportProgress& progress);
    Status send(TimeSorter& sorter, Refusals& refusals, ImportReport& report,
                const ImportProgress& progress, const ImportSink& sink);

    const spec::Spec& spec;
    const std::string path;
    const ImportOptions options;
    const RowMapping mapping;
    std::string id_seed;
    std::vector<ImportColumn> columns;
};

EventImporter::EventImporter(std::unique_ptr<State> state) : state_(std::move(state)) {}
EventImporter::EventImporter(EventImporter&&) noexcept = default;
EventImporter& EventImporter::operator=(EventImporter&&) noexcept = default;
EventImporter::~EventImporter() = default;

const std::vector<ImportColumn>& EventImporter::columns() const {
    return state_->columns;
}
const std::vector<std::string>& EventImporter::notes() const {
    return state_->mapping.notes();
}

namespace {

struct Inferred {
    std::vector<std::string> columns;
    std::vector<ColumnProfile> profiles;
    std::uint64_t rows = 0;  // that could be read
};

Result<Inferred> infer(const std::string& path, const ImportOptions& options,
                       const ImportProgress& progress) {
    VOLANT_TRY(const std::unique_ptr<RowSource> rows, open_rows(path, options));
    std::string time_column = "time";
    for (const auto& [target, column] : options.map) {
        if (target == "time") time_column = column;
    }
    Inferred inferred;
    std::vector<bool> times;
    Row row;
    for (;;) {
        VOLANT_TRY(const bool any, rows->next(row));
        if (!any) break;
        if (!row.problem.empty()) continue;
        if (rows->columns().size() > times.size()) {
            inferred.profiles.resize(rows->columns().size());
            for (std::size_t i = times.size(); i < rows->columns().size(); ++i) {
                times.push_back(rows->columns()[i] == time_column);
            }
        }
        for (const Cell& cell : row.cells) {
            if (is_missing(cell, options.missing)) continue;
            ColumnProfile& profile = inferred.profiles[cell.column];
            profile.observe(cell);
            if (!times[cell.column]) continue;
            if (!cell.typed) profile.observe_date(cell.text);
            if (const std::string* text = cell.value.string()) profile.observe_date(*text);
        }
        if (++inferred.rows % kProgressEvery == 0) {
            VOLANT_OK(tell(progress, ImportStage::kInfer, rows->bytes_read(), rows->bytes_total()));
        }
    }
    VOLANT_OK(tell(progress, ImportStage::kInfer, rows->bytes_read(), rows->bytes_total()));
    inferred.columns = rows->columns();
    inferred.profiles.resize(inferred.columns.size());
    return inferred;
}

}  // namespace

Result<EventImporter> EventImporter::open(const std::string& path, ImportOptions options,
                                          const spec::Spec& spec, const ImportProgress& progress) {
    VOLANT_TRY(const Inferred inferred, infer(path, options, progress));
    VOLANT_TRY(RowMapping mapping,
               RowMapping::make(options, spec, inferred.columns, inferred.profiles));
    auto state = std::make_unique<State>(spec, path, std::move(options), std::move(mapping));
    for (std::uint32_t i = 0; i < inferred.columns.size(); ++i) {
        state->columns.push_back({inferred.columns[i], state->mapping.type_of(i),
                                  inferred.rows - inferred.profiles[i].count(),
                                  state->mapping.target_of(i)});
    }
    VOLANT_TRY(state->id_seed, secret::sha256_hex_of_file(path));
    state->id_seed += '\n' + state->options.event;
    for (const auto& [target, column] : state->options.map)
        state->id_seed += '\n' + target + '=' + column;
    state->id_seed += '\n';
    return EventImporter(std::move(state));
}

Status EventImporter::State::sort(TimeSorter& sorter, Refusals& refusals, ImportReport& report,
                                  const ImportProgress& progress) {
    VOLANT_TRY(const std::unique_ptr<RowSource> rows, open_rows(path, options));
    Row row;
    std::string payload;
    for (;;) {
        VOLANT_TRY(const bool any, rows->next(row));
        if (!any) break;
        ++report.rows;
        if (!row.problem.empty()) {
            refusals.add(row.line, row.problem.substr(0, row.problem.find_first_of("0123456789\"")),
                         row.problem);
        } else {
            Micros time = 0;
            payload.clear();
            if (const auto refusal = mapping.pack(row, report.rows, time, payload)) {
                refusals.add(row.line, refusal->kind, refusal->reason);
            } else {
                VOLANT_OK(sorter.add(time, payload));
            }
        }
        if (report.rows % kProgressEvery == 0)
            VOLANT_OK(tell(progress, ImportStage::kSort, rows->bytes_read(), rows->bytes_total()));
    }
    VOLANT_OK(tell(progress, ImportStage::kSort, rows->bytes_read(), rows->bytes_total()));
    return sorter.finish();
}

Status EventImporter::State::send(TimeSorter& sorter, Refusals& refusals, ImportReport& report,
                                  const ImportProgress& progress, const ImportSink& sink) {
    Micros time = 0;
    std::string_view payload;
    for (std::uint64_t sent = 0;;) {
        VOLANT_TRY(const bool any, sorter.next(time, payload));
        if (!any) return tell(progress, ImportStage::kSend, sent, sorter.count());
        std::uint64_t number = 0, line = 0;
        EventDraft draft = mapping.unpack(payload, number, line);
        draft.time = time;
        if (!draft.id_given) {
            draft.id = draft_id(number);
            draft.id_given = true;
        }
        auto verdict = take(std::move(draft), line, sink);
        if (!verdict.ok()) {
            const Error& error = verdict.error();
            if (!is_callers_fault(error.code)) return std::move(verdict).error();
            refusals.add(line, std::string(error_row(error.code).name) + error.field,
                         error.field.empty() ? error.message : error.field + ": " + error.message);
        } else if (*verdict == ImportVerdict::kDuplicate) {
            ++report.duplicates;
        } else {
            if (report.accepted == 0) report.first_time = time;
            report.last_time = time;
            ++report.accepted;
        }
        if (++sent % kProgressEvery == 0)
            VOLANT_OK(tell(progress, ImportStage::kSend, sent, sorter.count()));
    }
}

Result<ImportReport> EventImporter::run(const std::string& temp_dir, const ImportProgress& progress,
                                        const ImportSink& sink) {
    ImportReport report;
    report.columns = state_->columns;
    report.notes = state_->mapping.notes();
    Refusals refusals;
    TimeSorter sorter(temp_dir, state_->options.sort_bytes_max);
    VOLANT_OK(state_->sort(sorter, refusals, report, progress));
    VOLANT_OK(state_->send(sorter, refusals, report, progress, sink));
    report.refused = refusals.count();
    report.refusals = refusals.list();
    return report;
}

std::string import_report_json(const ImportReport& report) {
    const auto count = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
    std::string text;
    json::Writer out(text);
    out.object()
        .key("rows")
        .integer(count(report.rows))
        .key("accepted")
        .integer(count(report.accepted));
    out.key("refused")
        .integer(count(report.refused))
        .key("duplicates")
        .integer(count(report.duplicates));
    out.key("columns").array();
    for (const ImportColumn& column : report.columns) {
        out.object().key("name").string(column.name).key("type").string(type_name(column.type));
        out.key("missing").integer(count(column.missing)).key("target").string(column.target).end();
    }
    out.end().key("refusals").array();
    for (const ImportRefusal& refusal : report.refusals) {
        out.object().key("line").integer(count(refusal.line)).key("reason").string(refusal.reason);
        out.key("count").integer(count(refusal.count)).end();
    }
    out.end().key("notes").array();
    for (const std::string& note : report.notes) out.string(note);
    out.end().key("warnings").array();
    for (const std::string& warning : report.warnings) out.string(warning);
    out.end();
    if (report.accepted > 0)
        out.key("first_time").time(report.first_time).key("last_time").time(report.last_time);
    out.end();
    return text;
}

}  // namespace volant::collect
