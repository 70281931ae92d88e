// AnswerFile: what `volant predict` writes: CSV, TSV (by the name .tsv) or NDJSON (.ndjson,
// .jsonl).
//
//   classify   the row's columns, then label,score,error
//   regress    the row's columns, then value,error
//   rank       row,item,rank,score,error: a line for each item; `row` counts from 1
//
// A new column whose name the file has already is called volant_NAME. The file appears under its
// name whole, or not at all. Threads: one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json_tree.h"
#include "collect/row_source.h"
#include "core/result.h"
#include "spec/spec.h"

namespace volant::cli {

// What is wrong with a row, the name of its column first where the answer's error tells one.
std::string row_error(const JsonTree& answer);

class AnswerFile {
  public:
    // `path` "-": stdout. Errors: kUnavailable.
    static Result<AnswerFile> create(const std::string& path, spec::Task task);
    ~AnswerFile();
    AnswerFile(AnswerFile&&) noexcept;
    AnswerFile& operator=(AnswerFile&&) noexcept;

    // `cells` are the row's texts by column, as they came; `typed` tells which of them are JSON.
    struct InputRow {
        std::uint64_t number = 0;  // from 1
        std::vector<std::string> cells;
        std::vector<bool> typed;
    };
    // `answer` is the server's for this row, or {"error"}. The columns are those found so far.
    // Errors: kUsage when columns turn up after the first row of a CSV, kUnavailable.
    Status add(const std::vector<std::string>& columns, const InputRow& row,
               const JsonTree& answer);
    Status finish();

  private:
    enum class Form { kDelimited, kNdjson };
    AnswerFile() = default;
    void write_header(const std::vector<std::string>& columns);
    void write_line(const std::vector<std::string>& columns, const InputRow& row,
                    const std::vector<std::string>& added);
    void write_fields(const std::vector<std::string>& fields);

    struct Close {
        void operator()(std::FILE* file) const {
            if (file != nullptr && file != stdout) std::fclose(file);
        }
    };
    std::unique_ptr<std::FILE, Close> file_;
    std::string path_;
    Form form_ = Form::kDelimited;
    char delimiter_ = ',';
    spec::Task task_ = spec::Task::kClassify;
    std::vector<std::string> added_names_;
    std::size_t columns_ = 0;  // that the header has
    bool started_ = false;
};

// A CSV field, in quotes where it needs them.
std::string quoted_field(std::string_view text, char delimiter);

}  // namespace volant::cli
