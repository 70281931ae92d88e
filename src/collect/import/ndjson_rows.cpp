#include "collect/import/ndjson_rows.h"

#include "collect/import/column_names.h"
#include "collect/import/json_elements.h"
#include "collect/import/line_reader.h"
#include "core/json_reader.h"

namespace volant::collect {
namespace {

// Texts: LineReader, or JsonElements.
template <class Texts>
class NdjsonRows : public RowSource {
  public:
    explicit NdjsonRows(TextSource text) : lines_(std::move(text)) {}

    Result<bool> next(Row& row) override {
        std::string_view line;
        VOLANT_TRY(const bool any, lines_.next(line));
        if (!any) return false;
        row.line = lines_.number();
        row.cells.clear();
        row.problem.clear();
        if (Status read = read_line(line, row); !read.ok()) {
            const Error& error = read.error();
            row.problem = error.field.empty() ? error.message : error.field + ": " + error.message;
        }
        return true;
    }

    const std::vector<std::string>& columns() const override { return columns_.names(); }
    std::uint64_t bytes_read() const override { return lines_.text().bytes_read(); }
    std::uint64_t bytes_total() const override { return lines_.text().bytes_total(); }

  private:
    Status read_line(std::string_view line, Row& row) {
        VOLANT_TRY(json::Item root, document_.parse(line));
        VOLANT_OK(read_object(root, {}, row));
        return document_.finish();
    }

    Status read_object(json::Item object, const std::string& prefix, Row& row) {
        return object.object([&](std::string_view key, json::Item item) -> Status {
            const std::string name = prefix + std::string(key);
            auto value = item.value();
            if (!value.ok()) {
                const bool flatten = item.is_object() && value.error().code == Code::kWrongType;
                if (flatten) return read_object(item, name + ".", row);
                return std::move(value).error();
            }
            const auto column = columns_.intern(name);
            if (!column) return fail(Code::kOutOfRange, "the file has too many columns");
            Cell cell;
            cell.column = *column;
            cell.typed = true;
            cell.value = *std::move(value);
            row.cells.push_back(std::move(cell));
            return {};
        });
    }

    Texts lines_;
    ColumnNames columns_;
    json::Document document_;
};

}  // namespace

std::unique_ptr<RowSource> open_ndjson(TextSource text) {
    return std::make_unique<NdjsonRows<LineReader>>(std::move(text));
}

std::unique_ptr<RowSource> open_json_array(TextSource text) {
    return std::make_unique<NdjsonRows<JsonElements>>(std::move(text));
}

}  // namespace volant::collect
