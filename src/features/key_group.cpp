#include "features/key_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace volant::features {
namespace {

constexpr std::uint32_t kIndexMax = 1u << 30;

}  // namespace

KeyGroup::KeyGroup(std::vector<spec::KeyPart> by, std::size_t keys_max) : by_(std::move(by)) {
    if (by_.size() == 1 && by_[0].attribute < 0) return;
    bounded_.emplace(keys_max,
                     std::array{by_[0].attribute<0, by_.size()> 1 && by_[1].attribute < 0});
}

std::size_t KeyGroup::add(std::string signature, std::unique_ptr<Accumulator> accumulator) {
    VOLANT_CHECK(!slots_);
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].signature == signature) return i;
    }
    columns_.push_back({std::move(signature), std::move(accumulator), width_});
    width_ += columns_.back().accumulator->state_bytes();
    return columns_.size() - 1;
}

const std::byte* KeyGroup::find(Key key) const {
    const Slot slot = bounded_ ? bounded_->find(key) : entities_.find(key.first);
    return slot == kNoSlot ? nullptr : slots_->at(slot);
}

std::byte* KeyGroup::make(Key key) {
    if (!slots_) slots_.emplace(width_);
    const Slot slot = slots_->take();
    bounded_ ? bounded_->put(key, slot) : entities_.put(key.first, slot);
    return slots_->at(slot);
}

std::byte* KeyGroup::touch(Key key, Arena& arena) {
    const Slot slot = bounded_ ? bounded_->find(key) : entities_.find(key.first);
    if (slot != kNoSlot) {
        if (bounded_) bounded_->seen(slot);
        return slots_->at(slot);
    }
    if (bounded_ && bounded_->full()) {
        const Slot oldest = bounded_->oldest();
        bounded_->erase(oldest);
        drop(oldest, arena);
        ++dropped_;
    }
    return make(key);
}

void KeyGroup::drop(Slot slot, Arena& arena) {
    std::byte* state = slots_->at(slot);
    for (const Column& column : columns_) column.accumulator->release(state + column.offset, arena);
    slots_->free(slot);
}

void KeyGroup::join(Slot into, Slot from, Arena& arena) {
    for (const Column& column : columns_) {
        column.accumulator->merge(slots_->at(into) + column.offset,
                                  slots_->at(from) + column.offset, arena);
    }
    slots_->free(from);
}

void KeyGroup::forget(int entity, collect::EntityIndex index, Arena& arena) {
    if (!bounded_) {
        const Slot slot = is_entity(0, entity) ? entities_.find(index) : kNoSlot;
        if (slot == kNoSlot) return;
        entities_.erase(index);
        drop(slot, arena);
        return;
    }
    for (int part = 0; part < 2; ++part) {
        if (!is_entity(static_cast<std::size_t>(part), entity)) continue;
        for (Slot slot; (slot = bounded_->any_with(part, index)) != kNoSlot;) {
            bounded_->erase(slot);
            drop(slot, arena);
        }
    }
}

void KeyGroup::merge(int entity, collect::EntityIndex from, collect::EntityIndex into,
                     Arena& arena) {
    if (from == into) return;
    if (bounded_) {
        for (int part = 0; part < 2; ++part) {
            if (is_entity(static_cast<std::size_t>(part), entity)) {
                merge_bounded(part, from, into, arena);
            }
        }
        return;
    }
    const Slot from_slot = is_entity(0, entity) ? entities_.find(from) : kNoSlot;
    if (from_slot == kNoSlot) return;
    entities_.erase(from);
    const Slot into_slot = entities_.find(into);
    into_slot == kNoSlot ? entities_.put(into, from_slot) : join(into_slot, from_slot, arena);
}

void KeyGroup::merge_bounded(int part, collect::EntityIndex from, collect::EntityIndex into,
                             Arena& arena) {
    for (Slot slot; (slot = bounded_->any_with(part, from)) != kNoSlot;) {
        Key key = bounded_->key(slot);
        (part == 0 ? key.first : key.second) = into;
        const Slot into_slot = bounded_->find(key);
        if (into_slot == kNoSlot) {
            bounded_->rekey(slot, key);
        } else {
            bounded_->erase(slot);
            join(into_slot, slot, arena);
        }
    }
}

std::size_t KeyGroup::bytes() const {
    return (slots_ ? slots_->bytes() : 0) + (bounded_ ? bounded_->bytes() : entities_.bytes());
}

void KeyGroup::save_slot(Key key, Slot slot, const Arena& arena, Writer& out) const {
    out.u32(key.first);
    if (by_.size() > 1) out.u32(key.second);
    const std::byte* state = slots_->at(slot);
    for (const Column& column : columns_)
        column.accumulator->save(state + column.offset, arena, out);
}

void KeyGroup::save(const Arena& arena, Pieces& pieces) const {
    Writer& out = pieces.writer();
    out.varint(columns_.size());
    for (const Column& column : columns_) out.string(column.signature);
    out.varint(dropped_);
    out.varint(keys());
    if (bounded_) {
        for (Slot slot = bounded_->oldest(); slot != kNoSlot; slot = bounded_->newer(slot)) {
            save_slot(bounded_->key(slot), slot, arena, out);
            pieces.pause();
        }
        return;
    }
    for (std::uint32_t index = 0; index < entities_.bound(); ++index) {
        const Slot slot = entities_.find(index);
        if (slot != kNoSlot) save_slot(Key{index, kNoPart}, slot, arena, out);
        pieces.pause();
    }
}

bool KeyGroup::has(const std::string& signature) const {
    return std::any_of(columns_.begin(), columns_.end(),
                       [&](const Column& column) { return column.signature == signature; });
}

void KeyGroup::take_over(KeyGroup&& from, Arena& arena) {
    dropped_ = from.dropped_;
    const auto column_here = [this](const Column& column) {
        return std::find_if(columns_.begin(), columns_.end(),
                            [&](const Column& mine) { return mine.signature == column.signature; });
    };
    const auto move = [&](Key key, Slot slot) {
        std::byte* taken = from.slots_->at(slot);
        std::byte* made = touch(key, arena);
        for (const Column& column : from.columns_) {
            const auto here = column_here(column);
            if (here == columns_.end()) {
                column.accumulator->release(taken + column.offset, arena);
            } else {
                std::memcpy(made + here->offset, taken + column.offset,
                            column.accumulator->state_bytes());
            }
        }
    };
    if (from.bounded_) {
        for (Slot slot = from.bounded_->oldest(); slot != kNoSlot;
             slot = from.bounded_->newer(slot))
            move(from.bounded_->key(slot), slot);
        return;
    }
    for (std::uint32_t index = 0; index < from.entities_.bound(); ++index) {
        const Slot slot = from.entities_.find(index);
        if (slot != kNoSlot) move(Key{index, kNoPart}, slot);
    }
}

Status KeyGroup::load(Arena& arena, Cursor& in) {
    const std::uint64_t columns = in.varint();
    for (std::uint64_t i = 0; i < columns && in.ok(); ++i) {
        const std::string_view signature = in.string();
        if (columns == columns_.size() && signature == columns_[i].signature) continue;
        return fail(
            Code::kConflict,
            fmt::format(
                "feature state is of \"{}\", not of the features declared now: fold the log again",
                signature));
    }
    if (columns != columns_.size()) return fail(Code::kConflict, "feature state has other columns");
    dropped_ = in.varint();
    const std::uint64_t keys = in.varint();
    for (std::uint64_t i = 0; i < keys && in.ok(); ++i) {
        Key key;
        key.first = in.u32();
        if (by_.size() > 1) key.second = in.u32();
        // Entities gives indices densely; a far one would ask for an absurd array.
        if (!in.ok() || key.first > kIndexMax || find(key) != nullptr) break;
        std::byte* state = make(key);
        for (const Column& column : columns_)
            column.accumulator->load(state + column.offset, arena, in);
    }
    if (!in.ok() || this->keys() != keys)
        return fail(Code::kCorrupt, "feature state: broken key group");
    return {};
}

}  // namespace volant::features
