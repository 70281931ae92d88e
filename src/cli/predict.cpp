#include "cli/predict.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "api/percent.h"
#include "cli/answer_file.h"
#include "cli/client.h"
#include "cli/import.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/workspace_commands.h"
#include "collect/open_rows.h"
#include "core/files.h"
#include "core/nearest.h"

namespace volant::cli {
namespace {

constexpr std::size_t kRowsMax = 100;  // of one request

struct PredictArguments {
    std::string model, in, out = "-", format, delimiter, encoding = "utf-8";
    std::uint32_t k = 0;
    bool log = false, no_header = false;
};

Result<collect::ImportOptions> row_options(const PredictArguments& given) {
    collect::ImportOptions options;
    options.format = given.format;
    options.encoding = given.encoding;
    options.header = !given.no_header;
    if (!given.delimiter.empty()) {
        VOLANT_TRY(options.delimiter, read_delimiter(given.delimiter));
    }
    return options;
}

Result<int> find_model(const spec::Spec& spec, const std::string& name) {
    if (const int model = spec.model_index(name); model >= 0) return model;
    std::vector<std::string_view> known;
    for (const spec::ModelDecl& model : spec.models) known.push_back(model.name);
    return fail(Code::kNotFound, "there is no model \"" + name + "\"", {}, name_hint(name, known));
}

AnswerFile::InputRow input_row(std::uint64_t number, std::size_t columns, const collect::Row& row) {
    AnswerFile::InputRow out;
    out.number = number;
    out.cells.resize(columns);
    out.typed.resize(columns);
    for (const collect::Cell& cell : row.cells) {
        if (!cell.typed) {
            out.cells[cell.column] = cell.text;
        } else if (const std::string* text = cell.value.string()) {
            out.cells[cell.column] = *text;
        } else if (!cell.value.is_null()) {
            json::Writer(out.cells[cell.column]).value(cell.value);
            out.typed[cell.column] = true;
        }
    }
    return out;
}

struct Counts {
    std::uint64_t rows = 0, errors = 0;
    std::string first_error;
};

// Rows are collected, asked about in one request, and written with their answers.
class Predicting {
  public:
    Predicting(Client& client, const spec::Spec& spec, int model, const PredictArguments& given,
               AnswerFile& file)
        : client_(client),
          request_(spec, model),
          target_("/v1/predict/" + api::percent_encode(given.model) +
                  (given.log ? "" : "?dry_run=true")),
          k_(given.k),
          file_(file) {}

    Status add(const std::vector<std::string>& columns, const collect::Row& row) {
        rows_.push_back(input_row(++counts_.rows, columns.size(), row));
        problems_.push_back(row.problem);
        if (row.problem.empty()) {
            body_ += asked_++ == 0 ? "[" : ",";
            json::Writer out(body_);
            request_.write(columns, row, k_, out);
        }
        return rows_.size() < kRowsMax ? Status{} : flush(columns);
    }

    Status flush(const std::vector<std::string>& columns) {
        JsonTree answers;
        if (asked_ > 0) {
            VOLANT_TRY(answers, client_.post(target_, body_ + "]"));
            if (answers.items.size() != asked_)
                return fail(Code::kInternal, fmt::format("found {} answers to {} rows",
                                                         answers.items.size(), asked_));
        }
        std::size_t next = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const JsonTree answer =
                problems_[i].empty() ? std::move(answers.items[next++]) : unreadable(problems_[i]);
            if (answer.has("error") && counts_.errors++ == 0)
                counts_.first_error = row_error(answer);
            VOLANT_OK(file_.add(columns, rows_[i], answer));
        }
        rows_.clear();
        problems_.clear();
        body_.clear();
        asked_ = 0;
        return {};
    }

    const Counts& counts() const { return counts_; }

  private:
    static JsonTree unreadable(const std::string& problem) {
        auto answer = parse_json(json::error_body(fail(Code::kUsage, problem)));
        return answer.ok() ? std::move(*answer) : JsonTree{};
    }

    Client& client_;
    const RowRequest request_;
    const std::string target_;
    const std::uint32_t k_;
    AnswerFile& file_;
    Counts counts_;
    std::vector<AnswerFile::InputRow> rows_;
    std::vector<std::string> problems_;
    std::string body_;
    std::size_t asked_ = 0;
};

Status predict_rows(collect::RowSource& rows, Predicting& predicting) {
    Progress bar(Terminal::of(stderr), "predicting", rows.bytes_total(), "bytes");
    collect::Row row;
    while (true) {
        VOLANT_TRY(const bool any, rows.next(row));
        if (!any) return predicting.flush(rows.columns());
        if (interrupted()) return fail(Code::kCancelled, "interrupted; nothing was written");
        VOLANT_OK(predicting.add(rows.columns(), row));
        bar.update(rows.bytes_read());
    }
}

// The answers would take the place of the rows.
Status check_out(const PredictArguments& given) {
    std::error_code none;  // one of them is not there
    if (given.out == "-" || !std::filesystem::equivalent(given.in, given.out, none)) return {};
    return fail(Code::kUsage, "--out: found " + given.out + ", which is the file of --in", {},
                "name another file; it gets the rows too");
}

Result<int> predict(const Session& session, const PredictArguments& given) {
    catch_interrupts();
    VOLANT_OK(check_out(given));
    VOLANT_TRY(const collect::ImportOptions options, row_options(given));
    VOLANT_TRY(const std::string folder, find_workspace(session.folder));
    VOLANT_TRY(const spec::Spec spec, read_spec(folder));
    VOLANT_TRY(const int model, find_model(spec, given.model));
    VOLANT_TRY(const auto rows, collect::open_rows(given.in, options));
    VOLANT_TRY(Client client, Client::open(session));
    VOLANT_TRY(AnswerFile file,
               AnswerFile::create(given.out, spec.models[static_cast<std::size_t>(model)].task));
    Predicting predicting(client, spec, model, given, file);
    VOLANT_OK(predict_rows(*rows, predicting));
    VOLANT_OK(file.finish());
    const Counts& counts = predicting.counts();
    // With the answers on stdout there is no place for a document.
    if (session.json && given.out != "-") {
        std::string text;
        json::Writer out(text);
        out.object().key("out").string(given.out);
        out.key("rows").unsigned_integer(counts.rows);
        out.key("errors").unsigned_integer(counts.errors).end();
        print_line(text);
    }
    const std::uint64_t logged = given.log ? counts.rows - counts.errors : 0;
    print_note(fmt::format("{} rows, {} with an error{}", format_count(counts.rows),
                           format_count(counts.errors),
                           given.log ? ", " + format_count(logged) + " logged" : ""));
    if (counts.errors > 0) print_note("the first error: " + counts.first_error);
    const bool none = counts.rows > 0 && counts.errors == counts.rows;
    return none ? error_row(Code::kUsage).exit_code : 0;
}

}  // namespace

Run declare_predict(Options& options) {
    const auto given = std::make_shared<PredictArguments>();
    options.option("MODEL", given->model, "A model of volant.yaml").required().type("");
    options
        .option("--in", given->in,
                "CSV, TSV or NDJSON; columns named like entities and inputs are sent")
        .required()
        .type("FILE");
    options.option("--out", given->out, "CSV, or by its name .tsv or .ndjson; - is stdout")
        .type("FILE")
        .shows_default();
    options.flag("--log", given->log, "Logs each as a prediction; outcomes are then awaited");
    options.option("--k", given->k, "Of a ranking: at most so many items a row")
        .type("N")
        .range(1, 1000);
    options.option("--format", given->format, "csv, tsv or ndjson; else by the file")
        .type("FORMAT");
    options.option("--delimiter", given->delimiter, "One character, or tab; else by the file")
        .type("C");
    options.flag("--no-header", given->no_header, "The columns are column1, column2, ...");
    options.option("--encoding", given->encoding, "utf-8, gb18030, gbk, latin-1, ...")
        .type("NAME")
        .shows_default();
    return [given](const Session& session) { return predict(session, *given); };
}

}  // namespace volant::cli
