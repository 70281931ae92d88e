#include "cli/answer_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/json_writer.h"

namespace volant::cli {
namespace {

constexpr std::string_view kPartSuffix = ".part";

// What is added behind a row's own columns.
std::vector<std::string> added_columns(spec::Task task) {
    switch (task) {
        case spec::Task::kClassify:
            return {"label", "score", "error"};
        case spec::Task::kRegress:
            return {"value", "error"};
        case spec::Task::kRank:
            return {"row", "item", "rank", "score", "error"};
    }
    return {};
}

}  // namespace

std::string quoted_field(std::string_view text, char delimiter) {
    const bool plain =
        text.find(delimiter) == text.npos && text.find_first_of("\"\r\n") == text.npos;
    if (plain) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

AnswerFile::~AnswerFile() {
    if (file_ && file_.get() != stdout) std::remove((path_ + std::string(kPartSuffix)).c_str());
}
AnswerFile::AnswerFile(AnswerFile&&) noexcept = default;
AnswerFile& AnswerFile::operator=(AnswerFile&&) noexcept = default;

Result<AnswerFile> AnswerFile::create(const std::string& path, spec::Task task) {
    AnswerFile out;
    out.path_ = path;
    out.task_ = task;
    const bool ndjson = path.ends_with(".ndjson") || path.ends_with(".jsonl");
    out.form_ = ndjson ? Form::kNdjson : Form::kDelimited;
    if (path.ends_with(".tsv")) out.delimiter_ = '\t';
    if (path == "-") {
        out.file_.reset(stdout);
        return out;
    }
    out.file_.reset(std::fopen((path + std::string(kPartSuffix)).c_str(), "wb"));
    if (!out.file_)
        return fail(Code::kUnavailable, "cannot write " + path + ": " + std::strerror(errno));
    return out;
}

void AnswerFile::write_fields(const std::vector<std::string>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) std::fputc(delimiter_, file_.get());
        const std::string field = quoted_field(fields[i], delimiter_);
        std::fwrite(field.data(), 1, field.size(), file_.get());
    }
    std::fputc('\n', file_.get());
}

void AnswerFile::write_header(const std::vector<std::string>& columns) {
    started_ = true;
    added_names_ = added_columns(task_);
    if (task_ != spec::Task::kRank) {
        for (std::string& name : added_names_) {
            if (std::find(columns.begin(), columns.end(), name) != columns.end())
                name = "volant_" + name;
        }
        columns_ = columns.size();
    }
    if (form_ != Form::kDelimited) return;
    std::vector<std::string> header(columns.begin(),
                                    columns.begin() + static_cast<std::ptrdiff_t>(columns_));
    header.insert(header.end(), added_names_.begin(), added_names_.end());
    write_fields(header);
}

void AnswerFile::write_line(const std::vector<std::string>& columns, const InputRow& row,
                            const std::vector<std::string>& added) {
    if (form_ == Form::kDelimited) {
        std::vector<std::string> fields(row.cells.begin(), row.cells.end());
        fields.resize(columns_);
        fields.insert(fields.end(), added.begin(), added.end());
        return write_fields(fields);
    }
    std::string text;
    json::Writer out(text);
    out.object();
    if (task_ != spec::Task::kRank) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            if (row.cells[i].empty() && !row.typed[i]) continue;
            out.key(columns[i]);
            row.typed[i] ? out.raw(row.cells[i]) : out.string(row.cells[i]);
        }
    }
    for (std::size_t i = 0; i < added.size(); ++i) {
        if (added[i].empty()) continue;
        const std::string_view name = added_columns(task_)[i];
        out.key(added_names_[i]);
        const bool number = name == "score" || name == "value" || name == "rank" || name == "row";
        number ? out.raw(added[i]) : out.string(added[i]);
    }
    out.end();
    fmt::print(file_.get(), "{}\n", text);
}

std::string row_error(const JsonTree& answer) {
    const JsonTree& error = answer["error"];
    const std::string name = error["field"].text.substr(error["field"].text.rfind('/') + 1);
    const bool is_column = name.find_first_not_of("0123456789") != std::string::npos;
    return is_column ? name + ": " + error["message"].text : error["message"].text;
}

Status AnswerFile::add(const std::vector<std::string>& columns, const InputRow& row,
                       const JsonTree& answer) {
    if (!started_) write_header(columns);
    const bool rank = task_ == spec::Task::kRank;
    if (form_ == Form::kDelimited && !rank && row.cells.size() > columns_) {
        return fail(Code::kUsage,
                    fmt::format("row {} has the column \"{}\", which the rows before lack",
                                row.number, columns[columns_]),
                    {}, "an --out file that ends in .ndjson takes such rows");
    }
    const std::string error = row_error(answer);
    const std::string number = std::to_string(row.number);
    if (!error.empty()) {
        std::vector<std::string> added(added_names_.size());
        if (rank) added.front() = number;
        added.back() = error;
        write_line(columns, row, added);
    } else if (rank) {
        int place = 0;
        for (const JsonTree& item : answer["ranking"].items) {
            write_line(
                columns, row,
                {number, item["item"].text, std::to_string(++place), item["score"].text, ""});
        }
    } else if (task_ == spec::Task::kClassify) {
        const JsonTree& label = answer["label"];
        const std::string text = label.kind == JsonTree::Kind::kBool
                                     ? (label.number != 0 ? "true" : "false")
                                     : label.text;
        write_line(columns, row, {text, answer["score"].text, ""});
    } else {
        write_line(columns, row, {answer["value"].text, ""});
    }
    return std::ferror(file_.get()) == 0 ? Status{}
                                         : fail(Code::kUnavailable, "cannot write " + path_);
}

Status AnswerFile::finish() {
    if (!started_) write_header({});
    if (std::fflush(file_.get()) != 0) {
        return fail(errno == ENOSPC ? Code::kStorageFull : Code::kUnavailable,
                    "cannot write " + path_ + ": " + std::strerror(errno));
    }
    if (file_.get() == stdout) return {};
    const std::string part = path_ + std::string(kPartSuffix);
    file_.reset();
    if (std::rename(part.c_str(), path_.c_str()) != 0)
        return fail(Code::kUnavailable, "cannot write " + path_ + ": " + std::strerror(errno));
    return {};
}

}  // namespace volant::cli
