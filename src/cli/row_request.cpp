#include <optional>

#include "cli/predict.h"
#include "collect/column_profile.h"

namespace volant::cli {
namespace {

constexpr std::string_view kInputPrefix = "input.";

// `text` as a number or a bool, where it reads as one of those that `type` takes.
bool write_as(spec::FieldType type, std::string_view text, json::Writer& out) {
    using spec::FieldType;
    const bool any = type == FieldType::kAny;
    if (any || type == FieldType::kInt || type == FieldType::kDouble) {
        if (const auto number = collect::read_int_text(text)) {
            out.integer(*number);
            return true;
        }
    }
    if (any || type == FieldType::kDouble) {
        if (const auto number = collect::read_double_text(text)) {
            out.number(*number);
            return true;
        }
    }
    if (any || type == FieldType::kBool) {
        if (const auto value = collect::read_bool_text(text)) {
            out.boolean(*value);
            return true;
        }
    }
    return false;
}

void write_cell(const collect::Cell& cell, spec::FieldType type, json::Writer& out) {
    if (cell.typed) return void(out.value(cell.value));
    if (!write_as(type, cell.text, out)) out.string(cell.text);
}

}  // namespace

int RowRequest::input_index(std::string_view column) const {
    if (column.starts_with(kInputPrefix)) column.remove_prefix(kInputPrefix.size());
    const auto& inputs = spec_.models[static_cast<std::size_t>(model_)].inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].name == column) return static_cast<int>(i);
    }
    return -1;
}

void RowRequest::write(const std::vector<std::string>& columns, const collect::Row& row,
                       std::uint32_t k, json::Writer& out) const {
    const auto& inputs = spec_.models[static_cast<std::size_t>(model_)].inputs;
    out.object();
    if (k > 0) out.key("k").unsigned_integer(k);
    for (const collect::Cell& cell : row.cells) {
        const std::string& name = columns[cell.column];
        if (collect::is_missing(cell, {})) continue;
        if (spec_.entity_index(name) >= 0) {
            out.key(name);
            write_cell(cell, spec::FieldType::kString, out);
        } else if (name == "candidates" && cell.typed) {
            out.key(name).value(cell.value);
        }
    }
    bool opened = false;
    for (const collect::Cell& cell : row.cells) {
        const int input = input_index(columns[cell.column]);
        if (input < 0 || collect::is_missing(cell, {})) continue;
        if (!opened) out.key("input").object();
        opened = true;
        out.key(inputs[static_cast<std::size_t>(input)].name);
        write_cell(cell, inputs[static_cast<std::size_t>(input)].type, out);
    }
    if (opened) out.end();
    out.end();
}

}  // namespace volant::cli
