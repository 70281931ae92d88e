#include "collect/attributes.h"

#include "collect/entities.h"

namespace volant::collect {

std::size_t attribute_bytes(const Value& value) {
    if (const std::string* text = value.string()) return text->size();
    std::size_t bytes = 0;
    if (const List* list = value.list()) {
        static_assert(sizeof(Value) <= kListElementBytes);
        for (const Value& element : *list) bytes += kListElementBytes + attribute_bytes(element);
    }
    return bytes;
}

Attributes::Attributes(std::vector<bool> keyed) : keyed_(std::move(keyed)), keys_(keyed_.size()) {}

const Value* Attributes::find(EntityIndex index, std::size_t attribute) const {
    const Row* row = rows_.find(index);
    if (!row || (*row)[attribute].value.is_null()) return nullptr;
    return &(*row)[attribute].value;
}

std::uint32_t Attributes::key(EntityIndex index, std::size_t attribute) const {
    const Row* row = rows_.find(index);
    return row ? (*row)[attribute].key : kNoKey;
}

Attributes::Row& Attributes::row(EntityIndex index) {
    Row& row = rows_.get(index);
    if (row.empty()) row.resize(keyed_.size());
    return row;
}

void Attributes::write(EntityIndex index, std::size_t attribute, Value value, const Stamp& stamp) {
    Cell& cell = row(index)[attribute];
    if (stamp < cell.stamp) return;
    if (attribute_bytes(value) > kAttributeBytesMax) value = {};
    cell.stamp = stamp;
    cell.key = keyed_[attribute] && !value.is_null() ? number(attribute, value) : kNoKey;
    cell.value = std::move(value);
}

void Attributes::write_nulls(EntityIndex index, const Stamp& stamp) {
    for (std::size_t attribute = 0; attribute < keyed_.size(); ++attribute)
        write(index, attribute, {}, stamp);
}

void Attributes::join(EntityIndex from, EntityIndex into) {
    if (Row* joining = rows_.find(from)) {
        Row& kept = row(into);
        for (std::size_t i = 0; i < kept.size(); ++i)
            if ((*joining)[i].stamp > kept[i].stamp) kept[i] = std::move((*joining)[i]);
    }
    rows_.erase(from);
}

std::uint32_t Attributes::number(std::size_t attribute, const Value& value) {
    scratch_.clear();
    Writer(scratch_).value(value);
    Keys& keys = keys_[attribute];
    if (const auto known = keys.numbers.find(scratch_); known != keys.numbers.end())
        return known->second;
    if (keys.in_order.size() >= kAttributeKeysMax) return kNoKey;
    number_text(keys, scratch_);
    return static_cast<std::uint32_t>(keys.in_order.size() - 1);
}

void Attributes::number_text(Keys& keys, std::string_view text) {
    const auto [made, fresh] =
        keys.numbers.emplace(std::string(text), static_cast<std::uint32_t>(keys.in_order.size()));
    if (fresh)
        keys.in_order.push_back(&made->first);  // nodes of an unordered_map stay where they are
}

void Attributes::take_over(Attributes&& from, const std::vector<int>& attributes) {
    for (std::size_t a = 0; a < keyed_.size(); ++a) {
        const auto before = static_cast<std::size_t>(attributes[a]);
        if (attributes[a] >= 0 && keyed_[a] && from.keyed_[before])
            keys_[a] = std::move(from.keys_[before]);
    }
    for (EntityIndex index = 0; index < from.rows_.bound(); ++index) {
        Row* taken = from.rows_.find(index);
        if (!taken) continue;
        for (std::size_t a = 0; a < keyed_.size(); ++a) {
            if (attributes[a] < 0) continue;
            Cell& cell = (*taken)[static_cast<std::size_t>(attributes[a])];
            if (cell.stamp != Stamp{}) write(index, a, std::move(cell.value), cell.stamp);
        }
        from.rows_.erase(index);
    }
}

void Attributes::stream(Pieces& pieces) const {
    Writer& out = pieces.writer();
    for (const Keys& keys : keys_) {
        out.varint(keys.in_order.size());
        for (const std::string* text : keys.in_order) out.string(*text);
        pieces.pause();
    }
    for (EntityIndex index = 0; index < rows_.bound(); ++index) {
        const Row* row = rows_.find(index);
        if (!row) continue;
        out.varint(index + std::uint64_t{1});
        for (const Cell& cell : *row) {
            out.zigzag(cell.stamp.event_time);
            out.varint(cell.stamp.lsn);
            out.value(cell.value);
            out.varint(cell.key + 1);  // 32 bits: no key wraps to 0
        }
        pieces.pause();
    }
    out.varint(0);
}

bool Attributes::restore(Cursor& in) {
    for (Keys& keys : keys_) {
        const std::uint64_t count = in.varint();
        if (count > in.left()) return false;
        for (std::uint64_t i = 0; i < count && in.ok(); ++i) number_text(keys, in.string());
        if (keys.in_order.size() != count) return false;
    }
    while (const std::uint64_t next = in.varint()) {
        if (next >= kNoEntity) return false;
        Row& made = row(static_cast<EntityIndex>(next - 1));
        for (std::size_t i = 0; i < made.size() && in.ok(); ++i) {
            made[i].stamp.event_time = in.zigzag();
            made[i].stamp.lsn = in.varint();
            made[i].value = in.value();
            const std::uint64_t key = in.varint();
            if (key > keys_[i].in_order.size()) return false;
            made[i].key = static_cast<std::uint32_t>(key) - 1;
            if (attribute_bytes(made[i].value) <= kAttributeBytesMax) continue;
            made[i].value = {};
            made[i].key = kNoKey;
        }
        if (!in.ok()) return false;
    }
    return in.ok();
}

}  // namespace volant::collect
