#include "collect/import/delimited.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "core/text.h"

namespace volant::collect {
namespace {

constexpr std::size_t kSniffedLines = 20;

class Delimited : public RowSource {
  public:
    Delimited(TextSource text, const DelimitedOptions& options)
        : text_(std::move(text)), quotes_(options.quotes) {}

    Status start(const DelimitedOptions& options) {
        VOLANT_OK(fill());
        delimiter_ = options.delimiter ? *options.delimiter : sniff_delimiter(window_);
        Row first;
        const std::size_t begin = at_;
        VOLANT_TRY(const bool any, next(first));
        if (!any) return fail(Code::kInvalidJson, "the file has no rows");
        if (!first.problem.empty()) {
            return fail(Code::kInvalidJson, "line 1: " + first.problem);
        }
        std::set<std::string> seen;
        for (const Cell& cell : first.cells) {
            std::string name(options.header ? trimmed(cell.text) : std::string_view());
            if (name.empty()) name = "column" + std::to_string(cell.column + 1);
            if (!seen.insert(name).second) {
                return fail(Code::kUsage, "two columns are named \"" + name + "\"", {},
                            "rename one, or say --no-header if line 1 is a row");
            }
            columns_.push_back(std::move(name));
        }
        if (!options.header) {
            at_ = begin;
            line_ = 1;
        }
        return {};
    }

    Result<bool> next(Row& row) override {
        for (;;) {
            const Scan scan = scan_record(row);
            if (scan == Scan::kRow) return true;
            if (scan == Scan::kEnd) return false;
            if (window_.size() - at_ > kRowBytesMax) {
                return fail(Code::kTooLarge,
                            "the row that begins at line " + std::to_string(line_) +
                                " is longer than " + std::to_string(kRowBytesMax) + " bytes",
                            {}, "is a quote open there?");
            }
            VOLANT_OK(fill());
        }
    }

    const std::vector<std::string>& columns() const override { return columns_; }
    std::uint64_t bytes_read() const override { return text_.bytes_read(); }
    std::uint64_t bytes_total() const override { return text_.bytes_total(); }

  private:
    enum class Scan { kRow, kMore, kEnd };
    struct Field {
        const char* data;  // in the window, or nullptr: in scratch_ at `offset`
        std::size_t offset;
        std::size_t size;
    };

    Status fill() {
        window_.erase(0, at_);
        at_ = 0;
        VOLANT_TRY(const bool more, text_.read(window_));
        ended_ = !more;
        return {};
    }

    // Reads one row from the window. Nothing is taken from the window before the row is whole.
    Scan scan_record(Row& row) {
        for (;;) {
            fields_.clear();
            scratch_.clear();
            problem_ = nullptr;
            const char* const begin = window_.data() + at_;
            const char* const end = window_.data() + window_.size();
            const char* p = begin;
            if (p == end) return ended_ ? Scan::kEnd : Scan::kMore;
            while (p != nullptr && !scan_field(p, end)) {
            }
            if (p == nullptr) return Scan::kMore;
            const std::string_view record(begin, static_cast<std::size_t>(p - begin));
            row.line = line_;
            line_ += static_cast<std::uint64_t>(std::count(record.begin(), record.end(), '\n'));
            at_ += record.size();
            if (fields_.size() == 1 && fields_[0].size == 0) continue;  // blank
            finish(row, record);
            return Scan::kRow;
        }
    }

    // One field at `p`, which moves behind it and its delimiter; nullptr when the window ends
    // first. True when the row ends with it.
    bool scan_field(const char*& p, const char* end) {
        const char* const begin = p;
        if (quotes_ && p != end && *p == '"') {
            p = scan_quoted(begin + 1, end);
            if (p == nullptr) return false;
        } else {
            const char delimiter = delimiter_;
            while (p != end && *p != delimiter && *p != '\n') ++p;
            if (p == end && !ended_) return p = nullptr, false;
            const bool cr = p != begin && p[-1] == '\r' && (p == end || *p == '\n');
            fields_.push_back({begin, 0, static_cast<std::size_t>(p - begin) - (cr ? 1u : 0u)});
        }
        return p == end || *p++ == '\n';
    }

    // The field behind an opening quote; gives the place of what ends it.
    const char* scan_quoted(const char* p, const char* end) {
        const char* piece = p;
        const std::size_t offset = scratch_.size();
        bool doubled = false;
        for (;;) {
            const auto* quote =
                static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
            if (quote == nullptr) {
                if (!ended_) return nullptr;
                problem_ = "a quote is never closed";
                fields_.push_back({piece, 0, static_cast<std::size_t>(end - piece)});
                return end;
            }
            if (quote + 1 == end && !ended_) return nullptr;
            if (quote + 1 != end && quote[1] == '"') {
                scratch_.append(piece, quote + 1);
                p = piece = quote + 2;
                doubled = true;
                continue;
            }
            if (doubled) {
                scratch_.append(piece, quote);
                fields_.push_back({nullptr, offset, scratch_.size() - offset});
            } else {
                fields_.push_back({piece, 0, static_cast<std::size_t>(quote - piece)});
            }
            return behind_quote(quote + 1, end);
        }
    }

    const char* behind_quote(const char* p, const char* end) {
        const char* const begin = p;
        while (p != end && *p != delimiter_ && *p != '\n') ++p;
        if (p == end && !ended_) return nullptr;
        const std::string_view rest(begin, static_cast<std::size_t>(p - begin));
        if (!rest.empty() && rest != "\r") problem_ = "text stands behind a closing quote";
        return p;
    }

    void finish(Row& row, std::string_view record) {
        row.problem.clear();
        row.cells.resize(fields_.size());
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            const Field& field = fields_[i];
            const char* const data =
                field.data != nullptr ? field.data : scratch_.data() + field.offset;
            row.cells[i].column = static_cast<std::uint32_t>(i);
            row.cells[i].text = {data, field.size};
        }
        if (problem_ != nullptr) {
            row.problem = problem_;
        } else if (!columns_.empty() && fields_.size() != columns_.size()) {
            row.problem = "found " + std::to_string(fields_.size()) + " fields, expected " +
                          std::to_string(columns_.size());
        } else if (fields_.size() > kColumnsMax) {
            row.problem = "found more than " + std::to_string(kColumnsMax) + " fields";
        } else if (!valid_utf8(record)) {
            row.problem = "invalid UTF-8; say --encoding if the file has another one";
        }
    }

    TextSource text_;
    const bool quotes_;
    char delimiter_ = ',';
    std::vector<std::string> columns_;
    std::string window_;
    std::size_t at_ = 0;  // where the next row begins
    bool ended_ = false;  // the window holds the rest of the file
    std::uint64_t line_ = 1;

    // Of the row that is being read:
    std::vector<Field> fields_;
    std::string scratch_;  // fields in which quotes were doubled
    const char* problem_ = nullptr;
};

// How often `delimiter` stands in each line of `head`, outside quotes.
std::vector<std::size_t> counts_by_line(std::string_view head, char delimiter) {
    std::vector<std::size_t> counts = {0};
    bool quoted = false;
    for (const char c : head) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == delimiter) ++counts.back();
        if (c == '\n') {
            if (counts.size() == kSniffedLines) return counts;
            counts.push_back(0);
        }
    }
    if (counts.size() > 1) counts.pop_back();  // perhaps cut
    return counts;
}

}  // namespace

char sniff_delimiter(std::string_view head) {
    char best = ',';
    std::size_t best_score = 0;
    for (const char delimiter : {',', '\t', ';', '|'}) {
        const std::vector<std::size_t> counts = counts_by_line(head, delimiter);
        const std::size_t first = counts.front();
        if (first == 0) continue;
        const auto alike =
            static_cast<std::size_t>(std::count(counts.begin(), counts.end(), first));
        // Lines cut alike weigh more than many cuts.
        const std::size_t score =
            alike * 1000 / counts.size() * 1000 + std::min<std::size_t>(first, 999);
        if (score > best_score) {
            best_score = score;
            best = delimiter;
        }
    }
    return best;
}

Result<std::unique_ptr<RowSource>> open_delimited(TextSource text,
                                                  const DelimitedOptions& options) {
    auto source = std::make_unique<Delimited>(std::move(text), options);
    VOLANT_OK(source->start(options));
    return std::unique_ptr<RowSource>(std::move(source));
}

}  // namespace volant::collect
