// From rows to bytes that can be sorted, and from those to drafts.
#include <algorithm>

#include "collect/import/row_mapping.h"
#include "core/bytes.h"
#include "core/json_writer.h"
#include "core/text.h"

namespace volant::collect {
namespace {

constexpr std::size_t kIdBytesMax = 256;

std::string shortened(std::string_view text) {
    constexpr std::size_t kShown = 40;
    return "\"" + std::string(utf8_prefix(text, kShown)) + (text.size() > kShown ? "...\"" : "\"");
}

std::string shown(const Cell& cell) {
    return cell.typed ? describe(cell.value) : shortened(cell.text);
}

// Text of any value, as it would stand in JSON; strings bare.
std::string text_of(const Value& value) {
    if (const std::string* text = value.string()) return *text;
    std::string text;
    json::Writer(text).value(value);
    return text;
}

std::optional<Value> value_from_text(std::string_view text, Type type, const TimeForm& form) {
    switch (type) {
        case Type::kBool:
            if (const auto v = read_bool_text(text)) return Value(*v);
            if (text == "1" || text == "0") return Value(text == "1");
            return {};
        case Type::kInt:
            if (const auto v = read_int_text(text)) return Value(*v);
            if (const auto whole = whole_part(text)) return Value(*read_int_text(*whole));
            return {};
        case Type::kDouble:
            if (const auto v = read_double_text(text)) return Value(*v);
            return {};
        case Type::kTime:
            if (const auto v = read_time_text(text, form)) return Value(Time{*v});
            return {};
        case Type::kString:
            return Value(text);
        default:
            return {};
    }
}

}  // namespace

RowMapping::Refusal RowMapping::refuse(const Use& use, const Cell& cell,
                                       std::string_view expected) const {
    const std::string& column = columns_[use.column];
    return {column + " " + std::string(expected),
            column + ": found " + shown(cell) + ", expected " + std::string(expected)};
}

std::optional<RowMapping::Refusal> RowMapping::read_time(const Use& use, const Cell& cell,
                                                         Micros& time) const {
    std::optional<Micros> read;
    if (!cell.typed || cell.value.string() != nullptr) {
        read = read_time_text(cell.typed ? *cell.value.string() : cell.text, form_of(use));
    } else if (const auto* number = std::get_if<std::int64_t>(&cell.value.data)) {
        if (auto micros = time_from_number(*number); micros.ok()) read = *micros;
    } else if (const auto* real = std::get_if<double>(&cell.value.data)) {
        if (auto micros = time_from_number(*real); micros.ok()) read = *micros;
    }
    if (!read) return refuse(use, cell, "a time");
    if (!check_time_range(*read, options_.now).ok())
        return refuse(use, cell, "a time from 1900 to now");
    time = *read;
    return {};
}

std::optional<RowMapping::Refusal> RowMapping::read_text(const Use& use, const Cell& cell,
                                                         std::string& text) const {
    if (!cell.typed) {
        text = cell.text;
        if (use.strip_float) text = whole_part(cell.text).value_or(cell.text);
    } else if (cell.value.type() == Type::kString || cell.value.type() == Type::kInt) {
        text = text_of(cell.value);
    } else {
        return refuse(use, cell, "an id (text or an integer)");
    }
    if (text.size() > kIdBytesMax) return refuse(use, cell, "an id of at most 256 bytes");
    return {};
}

std::optional<RowMapping::Refusal> RowMapping::read_value(const Use& use, const Cell& cell,
                                                          Value& value) const {
    if (!cell.typed) {
        auto read = value_from_text(cell.text, use.type, form_of(use));
        if (!read) return refuse(use, cell, type_name(use.type));
        value = *std::move(read);
        return {};
    }
    const Type type = cell.value.type();
    const bool time_text = use.type == Type::kTime && type == Type::kString;
    if (type == use.type || use.type == Type::kNull) {
        value = cell.value;
    } else if (use.type == Type::kDouble && type == Type::kInt) {
        value = Value(cell.value.number());
    } else if (use.type == Type::kString && !use.declared) {
        value = Value(text_of(cell.value));
    } else if (const auto time =
                   time_text ? read_time_text(*cell.value.string(), form_of(use)) : std::nullopt) {
        value = Value(Time{*time});
    } else {
        return refuse(use, cell, type_name(use.type));
    }
    return {};
}

// Bytes: row number, line, then for each required use its text (the time has none), then the
// properties: count, and for each its use and value.
std::optional<RowMapping::Refusal> RowMapping::pack(const Row& row, std::uint64_t number,
                                                    Micros& time, std::string& payload) const {
    thread_local std::vector<const Cell*> cells;  // by use
    cells.assign(uses_.size(), nullptr);
    for (const Cell& cell : row.cells) {
        if (cell.column >= by_column_.size())
            return Refusal{"column", "the file has changed while it was read"};
        if (by_column_[cell.column].empty() || is_missing(cell, options_.missing)) continue;
        for (const std::uint32_t use : by_column_[cell.column]) cells[use] = &cell;
    }
    Writer out(payload);
    out.varint(number);
    out.varint(row.line);
    time = options_.now;
    std::string text;
    for (std::size_t i = 0; i < required_; ++i) {
        const Use& use = uses_[i];
        if (cells[i] == nullptr) {
            const std::string& column = columns_[use.column];
            const std::string role = describe_use(use);
            return Refusal{
                column + " missing",
                column + " is missing" + (role == column ? "" : " (it gives `" + role + "`)")};
        }
        if (use.role == Role::kTime) {
            if (auto refusal = read_time(use, *cells[i], time)) return refusal;
            continue;
        }
        if (auto refusal = read_text(use, *cells[i], text)) return refusal;
        out.string(text);
    }
    std::uint64_t count = 0;
    for (std::size_t i = required_; i < uses_.size(); ++i) count += cells[i] != nullptr ? 1 : 0;
    out.varint(count);
    Value value;
    for (std::size_t i = required_; i < uses_.size(); ++i) {
        if (cells[i] == nullptr) continue;
        if (auto refusal = read_value(uses_[i], *cells[i], value)) return refusal;
        out.varint(i);
        out.value(value);
    }
    return {};
}

EventDraft RowMapping::unpack(std::string_view payload, std::uint64_t& number,
                              std::uint64_t& line) const {
    Cursor in(payload);
    number = in.varint();
    line = in.varint();
    EventDraft draft;
    draft.type = options_.event;
    for (std::size_t i = 0; i < required_; ++i) {
        const Use& use = uses_[i];
        if (use.role == Role::kTime) continue;
        const std::string_view text = in.string();
        if (use.role == Role::kId) {
            draft.id = text;
            draft.id_given = true;
        } else if (use.role == Role::kEvent) {
            draft.type = text;
        } else if (use.role == Role::kTo) {
            draft.to = text;
        } else {
            draft.entities.push_back({use.entity, std::string(text)});
        }
    }
    draft.event = spec_->event_index(draft.type);
    const std::uint64_t count = in.varint();
    draft.properties.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t use = in.varint();
        VOLANT_CHECK(use < uses_.size());
        draft.properties.emplace_back(uses_[use].name, in.value());
    }
    VOLANT_CHECK(in.ok() && in.done());
    return draft;
}

}  // namespace volant::collect
