#include "collect/import/vw_rows.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "collect/import/column_names.h"
#include "collect/import/line_reader.h"
#include "core/text.h"

namespace volant::collect {
namespace {

std::optional<double> number_of(std::string_view text) {
    double v = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(v)) return {};
    return v;
}

// The next word of `text`, which moves behind it; empty at the end.
std::string_view take_word(std::string_view& text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

std::string cited(std::string_view word) {
    return "\"" + std::string(utf8_prefix(word, 40)) + "\"";
}

class VwRows : public RowSource {
  public:
    explicit VwRows(TextSource text) : lines_(std::move(text)) {}

    Result<bool> next(Row& row) override {
        std::string_view line;
        VOLANT_TRY(const bool any, lines_.next(line));
        if (!any) return false;
        row.line = lines_.number();
        row.cells.clear();
        row.problem.clear();
        Status read = read_line(line, row);
        if (!read.ok()) row.problem = read.error().message;
        return true;
    }

    const std::vector<std::string>& columns() const override { return columns_.names(); }
    std::uint64_t bytes_read() const override { return lines_.text().bytes_read(); }
    std::uint64_t bytes_total() const override { return lines_.text().bytes_total(); }

  private:
    Status read_line(std::string_view line, Row& row) {
        if (!valid_utf8(line)) return fail(Code::kInvalidUtf8, "invalid UTF-8");
        const std::size_t bar = line.find('|');
        if (bar == std::string_view::npos) return fail(Code::kInvalidJson, "no \"|\" in the line");
        VOLANT_OK(read_front(line.substr(0, bar), row));
        std::string_view rest = line.substr(bar);
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const std::size_t end = std::min(rest.find('|'), rest.size());
            VOLANT_OK(read_namespace(rest.substr(0, end), row));
            rest.remove_prefix(end);
        }
        return {};
    }

    // Label, importance, base and tag; the tag stands right before the bar or begins with an
    // apostrophe.
    Status read_front(std::string_view front, Row& row) {
        constexpr std::string_view kNumbers[] = {"label", "importance", "base"};
        const bool touches = !front.empty() && front.back() != ' ' && front.back() != '\t';
        std::size_t numbers = 0;
        for (std::string_view word; !(word = take_word(front)).empty();) {
            const bool last = trimmed(front).empty();
            const bool tag = word.front() == '\'' || (last && touches);
            if (tag) {
                if (word.front() == '\'') word.remove_prefix(1);
                VOLANT_OK(add(row, "tag", Value(word)));
                continue;
            }
            const auto number = number_of(word);
            if (!number || numbers == std::size(kNumbers)) {
                return fail(Code::kInvalidJson, "found " + cited(word) +
                                                    " before the first \"|\", expected label, "
                                                    "importance, base and tag");
            }
            VOLANT_OK(add(row, kNumbers[numbers++], Value(*number)));
        }
        return {};
    }

    Status read_namespace(std::string_view text, Row& row) {
        std::string_view name;
        double weight = 1;
        if (!text.empty() && text.front() != ' ' && text.front() != '\t') {
            name = take_word(text);
            if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
                const auto given = number_of(name.substr(colon + 1));
                if (!given)
                    return fail(Code::kInvalidJson,
                                "namespace " + cited(name) + " has no number for a weight");
                weight = *given;
                name = name.substr(0, colon);
            }
        }
        const std::string prefix = name.empty() ? std::string() : std::string(name) + ".";
        List plain;
        for (std::string_view word; !(word = take_word(text)).empty();) {
            const std::size_t colon = word.rfind(':');
            if (colon == std::string_view::npos && weight == 1) {
                plain.emplace_back(word);
                continue;
            }
            const auto value = colon == std::string_view::npos ? std::optional<double>(1)
                                                               : number_of(word.substr(colon + 1));
            if (!value)
                return fail(Code::kInvalidJson,
                            "feature " + cited(word) + " has no number for a value");
            VOLANT_OK(
                add(row, prefix + std::string(word.substr(0, colon)), Value(*value * weight)));
        }
        if (plain.empty()) return {};
        Value value = plain.size() == 1 ? std::move(plain.front()) : Value(std::move(plain));
        return add(row, name.empty() ? "features" : name, std::move(value));
    }

    // A second value for a column of the same line joins the first: numbers add up, as VW adds
    // them.
    Status add(Row& row, std::string_view name, Value value) {
        const auto column = columns_.intern(name);
        if (!column) return fail(Code::kOutOfRange, "the file has too many features for columns");
        for (Cell& cell : row.cells) {
            if (cell.column == *column) return join(cell.value, std::move(value));
        }
        Cell cell;
        cell.column = *column;
        cell.typed = true;
        cell.value = std::move(value);
        row.cells.push_back(std::move(cell));
        return {};
    }

    static Status join(Value& into, Value value) {
        if (into.type() == Type::kDouble && value.type() == Type::kDouble) {
            into = Value(into.number() + value.number());
            return {};
        }
        List list;
        for (Value* part : {&into, &value}) {
            if (auto* inner = std::get_if<List>(&part->data)) {
                for (Value& element : *inner) list.push_back(std::move(element));
            } else {
                list.push_back(std::move(*part));
            }
        }
        into = Value(std::move(list));
        return {};
    }

    LineReader lines_;
    ColumnNames columns_;
};

}  // namespace

std::unique_ptr<RowSource> open_vw(TextSource text) {
    return std::make_unique<VwRows>(std::move(text));
}

}  // namespace volant::collect
