// From rows to bytes that can be sorted, and from those to drafts.
#include <algorithm>
#include <cmath>

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

// Numbers where a bool or an int is declared. Vowpal Wabbit writes labels as numbers: 1 is yes, and
// -1 or 0 is no.
std::optional<Value> declared_from_number(double number, Type type) {
    if (type == Type::kBool && number == 1) return Value(true);
    if (type == Type::kBool && (number == 0 || number == -1)) return Value(false);
    constexpr double kBeyond = 9223372036854775808.0;  // 2^63
    const bool whole = number >= -kBeyond && number < kBeyond && number == std::trunc(number);
    if (type == Type::kInt && whole) return Value(static_cast<std::int64_t>(number));
    return {};
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

std::optional<RowMapping::Refusal> RowMapping::read_value(const Use& use, Wanted wanted,
                                                          const Cell& cell, Value& value) const {
    const TimeForm form = form_of(use);
    if (!cell.typed) {
        auto read = value_from_text(cell.text, wanted.type, form);
        if (!read) return refuse(use, cell, type_name(wanted.type));
        value = *std::move(read);
        return {};
    }
    const Type type = cell.value.type();
    const bool time_text = wanted.type == Type::kTime && type == Type::kString;
    if (type == wanted.type || wanted.type == Type::kNull || type == Type::kNull) {
        value = cell.value;
    } else if (wanted.type == Type::kDouble && type == Type::kInt) {
        value = Value(cell.value.number());
    } else if (wanted.type == Type::kString && !wanted.declared) {
        value = Value(text_of(cell.value));
    } else if (const auto time =
                   time_text ? read_time_text(*cell.value.string(), form) : std::nullopt) {
        value = Value(Time{*time});
    } else if (const auto made = type == Type::kDouble || type == Type::kInt
                                     ? declared_from_number(cell.value.number(), wanted.type)
                                     : std::nullopt) {
        value = *made;
    } else {
        return refuse(use, cell, type_name(wanted.type));
    }
    return {};
}

// A property that stands in the row as null is one; other cells without a value are none.
void RowMapping::find_cells(const Row& row, Cells& cells) const {
    cells.assign(uses_.size(), nullptr);
    for (const Cell& cell : row.cells) {
        const bool missing = is_missing(cell, options_.missing);
        const bool null = missing && cell.typed && names_its_event();
        if (missing && !null) continue;
        for (const std::uint32_t use : by_column_[cell.column]) {
            if (!missing || use >= properties_) cells[use] = &cell;
        }
    }
}

const std::vector<Type>* RowMapping::declared_types(std::string_view event,
                                                    const Cells& cells) const {
    if (!names_its_event()) return nullptr;
    if (const int index = spec_->event_index(event); index >= 0)
        return &event_types_[static_cast<std::size_t>(index)];
    if (event != "$set") return nullptr;
    for (std::size_t i = 0; i < properties_; ++i) {
        if (uses_[i].role == Role::kEntity && cells[i] != nullptr)
            return &entity_types_[static_cast<std::size_t>(uses_[i].entity)];
    }
    return nullptr;
}

// Values that have types of their own keep them where rows are events of many kinds: what two
// events call alike need not be of one type.
RowMapping::Wanted RowMapping::wanted(std::size_t use, const Cell& cell,
                                      const std::vector<Type>* declared) const {
    if (declared != nullptr && (*declared)[use] != Type::kNull) return {(*declared)[use], true};
    if (names_its_event() && cell.typed) return {};
    return {uses_[use].type, uses_[use].declared};
}

// The entities that its declaration lists; and what no event of a file can be without.
bool RowMapping::needs(int event, const Use& use) const {
    if (use.role == Role::kTime || use.role == Role::kEvent) return true;
    return use.role == Role::kEntity && event >= 0 &&
           spec_->events[static_cast<std::size_t>(event)].has_entity(use.entity);
}

std::optional<RowMapping::Refusal> RowMapping::read_names(const Use& use, const Cell& cell,
                                                          std::string_view event,
                                                          Writer& out) const {
    const auto* names = std::get_if<List>(&cell.value.data);
    if (event != "$unset" || names == nullptr) return refuse(use, cell, "an object of values");
    out.varint(names->size());
    for (const Value& name : *names) {
        if (name.string() == nullptr) return refuse(use, cell, "a list of names");
        out.string(*name.string());
    }
    return {};
}

std::optional<RowMapping::Refusal> RowMapping::pack_key(const Use& use, const Cell& cell,
                                                        std::string_view event, Micros& time,
                                                        Writer& out) const {
    if (use.role == Role::kTime) return read_time(use, cell, time);
    if (use.role == Role::kNames) return read_names(use, cell, event, out);
    if (use.role == Role::kStrict) {
        Value strict;
        if (auto refusal = read_value(use, {Type::kBool, true}, cell, strict)) return refusal;
        out.varint(std::get<bool>(strict.data) ? 1 : 0);
        return {};
    }
    std::string text;
    if (auto refusal = read_text(use, cell, text)) return refusal;
    out.string(text);
    return {};
}

// Bytes: row number, line, then each key: whether the row has it, and its text (the time has none);
// then the properties: count, and for each its use and value.
std::optional<RowMapping::Refusal> RowMapping::pack(const Row& row, std::uint64_t number,
                                                    Micros& time, std::string& payload) const {
    for (const Cell& cell : row.cells) {
        if (cell.column >= by_column_.size())
            return Refusal{"column", "the file has changed while it was read"};
    }
    thread_local Cells cells;
    find_cells(row, cells);
    std::string type = options_.event;
    if (names_its_event() && cells[0] != nullptr) {  // its role comes first
        if (auto refusal = read_text(uses_[0], *cells[0], type)) return refusal;
    }
    const int event = spec_->event_index(type);
    Writer out(payload);
    out.varint(number);
    out.varint(row.line);
    time = options_.now;
    for (std::size_t i = 0; i < properties_; ++i) {
        const Use& use = uses_[i];
        if (cells[i] == nullptr && needs(event, use)) {
            const std::string& column = columns_[use.column];
            const std::string role = describe_use(use);
            return Refusal{
                column + " missing",
                column + " is missing" + (role == column ? "" : " (it gives `" + role + "`)")};
        }
        out.varint(cells[i] != nullptr ? 1 : 0);
        if (cells[i] == nullptr) continue;
        if (auto refusal = pack_key(use, *cells[i], type, time, out)) return refusal;
    }
    const std::vector<Type>* const declared = declared_types(type, cells);
    const auto count = std::count_if(cells.begin() + static_cast<std::ptrdiff_t>(properties_),
                                     cells.end(), [](const Cell* cell) { return cell != nullptr; });
    out.varint(static_cast<std::uint64_t>(count));
    Value value;
    for (std::size_t i = properties_; i < uses_.size(); ++i) {
        if (cells[i] == nullptr) continue;
        if (auto refusal = read_value(uses_[i], wanted(i, *cells[i], declared), *cells[i], value))
            return refusal;
        out.varint(i);
        out.value(value);
    }
    return {};
}

void RowMapping::unpack_key(const Use& use, Cursor& in, EventDraft& draft) const {
    if (use.role == Role::kTime) return;
    if (use.role == Role::kStrict) {
        draft.strict = in.varint() != 0;
        return;
    }
    if (use.role == Role::kNames) {
        const std::uint64_t count = in.varint();
        for (std::uint64_t i = 0; i < count; ++i)
            draft.properties.emplace_back(in.string(), Value());
        return;
    }
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

EventDraft RowMapping::unpack(std::string_view payload, std::uint64_t& number,
                              std::uint64_t& line) const {
    Cursor in(payload);
    number = in.varint();
    line = in.varint();
    EventDraft draft;
    draft.type = options_.event;
    for (std::size_t i = 0; i < properties_; ++i) {
        if (in.varint() != 0) unpack_key(uses_[i], in, draft);
    }
    draft.event = spec_->event_index(draft.type);
    const std::uint64_t count = in.varint();
    draft.properties.reserve(draft.properties.size() + count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t use = in.varint();
        VOLANT_CHECK(use < uses_.size());
        draft.properties.emplace_back(uses_[use].name, in.value());
    }
    VOLANT_CHECK(in.ok() && in.done());
    return draft;
}

}  // namespace volant::collect
