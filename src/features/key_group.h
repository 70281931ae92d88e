// KeyGroup: all features with one key (`by: [user, book.category]`). They share a table and a slot,
// so that an event or a read finds its key once, not once a feature.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/entities.h"
#include "core/pieces.h"
#include "core/result.h"
#include "features/accumulator.h"
#include "features/keys.h"
#include "spec/spec.h"

namespace volant::features {

class KeyGroup {
  public:
    // `keys_max` bounds keys other than single entities, which Entities bounds.
    KeyGroup(std::vector<spec::KeyPart> by, std::size_t keys_max);

    // The column of a feature; one with the same signature is shared. All columns before the first
    // slot.
    std::size_t add(std::string signature, std::unique_ptr<Accumulator> accumulator);

    const std::vector<spec::KeyPart>& by() const { return by_; }
    const Accumulator& accumulator(std::size_t column) const {
        return *columns_[column].accumulator;
    }
    std::size_t offset(std::size_t column) const { return columns_[column].offset; }
    std::size_t columns() const { return columns_.size(); }

    // A slot's bytes, or nullptr for a key that has none.
    const std::byte* find(Key key) const;
    void prefetch(Key key) const {
        if (bounded_) bounded_->prefetch(key);
    }
    // Makes the slot if need be, dropping the key longest unseen when there are too many.
    std::byte* touch(Key key, Arena& arena);

    void forget(int entity, collect::EntityIndex index, Arena& arena);
    void merge(int entity, collect::EntityIndex from, collect::EntityIndex into, Arena& arena);

    std::size_t keys() const { return bounded_ ? bounded_->count() : entities_.count(); }
    std::uint64_t dropped() const { return dropped_; }  // keys, by the bound
    std::size_t bytes() const;

    // Keys in order of index, or oldest first.
    void save(const Arena& arena, Pieces& out) const;
    // Into an empty group. kConflict when the columns differ, kCorrupt when the bytes are not a
    // group's.
    Status load(Arena& arena, Cursor& in);
    // Moves the state of the columns that both have, key by key; what `from` alone has is released.
    // Into an empty group with the same arena.
    void take_over(KeyGroup&& from, Arena& arena);
    bool has(const std::string& signature) const;

  private:
    struct Column {
        std::string signature;
        std::unique_ptr<Accumulator> accumulator;
        std::size_t offset;
    };

    bool is_entity(std::size_t part, int entity) const {
        return part < by_.size() && by_[part].entity == entity && by_[part].attribute < 0;
    }
    std::byte* make(Key key);
    void drop(Slot slot, Arena& arena);             // releases the state and the slot, not the key
    void join(Slot into, Slot from, Arena& arena);  // then `from` is free
    void merge_bounded(int part, collect::EntityIndex from, collect::EntityIndex into,
                       Arena& arena);
    void save_slot(Key key, Slot slot, const Arena& arena, Writer& out) const;

    std::vector<spec::KeyPart> by_;
    std::vector<Column> columns_;
    std::size_t width_ = 0;
    std::optional<Slots> slots_;          // made with the first key
    EntityKeys entities_;                 // by one entity, or
    std::optional<BoundedKeys> bounded_;  // by anything else
    std::uint64_t dropped_ = 0;
};

}  // namespace volant::features
