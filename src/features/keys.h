// Keys: from what a feature is keyed by to its slot.
//
// EntityKeys serves keys of one entity: an array by the entity's dense index, bounded by Entities
// itself. BoundedKeys serves all others (pairs, attributes): an open-addressing table over two
// 32-bit numbers, bounded by `keys_max`: past it the caller drops oldest(), the key longest unseen
// (of those not seen since the table was half full, the first that came: below half, ages are not
// kept up, which saves three looks into memory an event). A merge does not count as seeing. For
// each part that is an entity it chains the keys that share an index, so that an entity that is
// merged or gone takes its pairs along without a search.
//
// No result depends on the order inside the table or a chain.
// Threads: const functions wherever no other runs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "features/slots.h"

namespace volant::features {

inline constexpr std::uint32_t kNoPart = UINT32_MAX;

struct Key {
    std::uint32_t first = kNoPart;
    std::uint32_t second = kNoPart;  // kNoPart in a key of one part
    bool operator==(const Key&) const = default;
};

class EntityKeys {
  public:
    Slot find(std::uint32_t index) const { return index < slots_.size() ? slots_[index] : kNoSlot; }
    void put(std::uint32_t index, Slot slot) {
        if (index >= slots_.size()) slots_.resize(std::size_t{index} + 1, kNoSlot);
        count_ += slots_[index] == kNoSlot ? 1 : 0;
        slots_[index] = slot;
    }
    void erase(std::uint32_t index) {
        count_ -= find(index) == kNoSlot ? 0 : 1;
        if (index < slots_.size()) slots_[index] = kNoSlot;
    }
    std::size_t count() const { return count_; }
    std::size_t bound() const { return slots_.size(); }  // one past the largest index
    std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

  private:
    std::vector<Slot> slots_;
    std::size_t count_ = 0;
};

class BoundedKeys {
  public:
    // chained[p]: part p is an entity's index.
    BoundedKeys(std::size_t keys_max, std::array<bool, 2> chained)
        : keys_max_(keys_max), chained_(chained), table_(kTableMin, 0) {}

    Slot find(Key key) const {
        const std::size_t place = place_of(key);
        return table_[place] == 0 ? kNoSlot : slot_in(table_[place]);
    }
    void prefetch(Key key) const { __builtin_prefetch(&table_[hash(key) & (table_.size() - 1)]); }

    bool full() const { return count_ >= keys_max_; }
    Slot oldest() const { return oldest_; }  // kNoSlot if empty
    Key key(Slot slot) const { return nodes_[slot].key; }

    // `key` must be new, `slot` unused; it becomes the newest.
    void put(Key key, Slot slot);
    void seen(Slot slot) {
        if (slot == newest_ || count_ * 2 < keys_max_) return;
        unlink_age(slot);
        link_newest(slot);
    }
    void erase(Slot slot);
    // Gives `slot` another key, which must be new; its age stays.
    void rekey(Slot slot, Key key);

    // Any slot whose part `part` is `index`, or kNoSlot.
    Slot any_with(int part, std::uint32_t index) const {
        const auto& heads = heads_[static_cast<std::size_t>(part)];
        return index < heads.size() ? heads[index] : kNoSlot;
    }
    Slot newer(Slot slot) const { return nodes_[slot].newer; }  // kNoSlot after the newest

    std::size_t count() const { return count_; }
    std::size_t bytes() const;

  private:
    static constexpr std::size_t kTableMin = 16;

    struct Node {
        Key key;
        Slot newer = kNoSlot, older = kNoSlot;
        std::array<Slot, 2> next{kNoSlot, kNoSlot}, before{kNoSlot, kNoSlot};  // chains
    };

    static std::uint64_t hash(Key key) {
        std::uint64_t x = (std::uint64_t{key.first} << 32 | key.second) * 0x9e3779b97f4a7c15ull;
        x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ull;
        return x ^ (x >> 32);
    }
    // An entry is the upper half of the hash over slot + 1; 0 = empty.
    static std::uint64_t entry(Key key, Slot slot) {
        return (hash(key) & 0xffffffff00000000ull) | (std::uint64_t{slot} + 1);
    }
    static Slot slot_in(std::uint64_t entry) { return static_cast<Slot>(entry) - 1; }
    // Where the key stands, or the empty place where it would.
    std::size_t place_of(Key key) const {
        const std::uint64_t h = hash(key);
        const std::size_t mask = table_.size() - 1;
        for (std::size_t i = h & mask;; i = (i + 1) & mask) {
            if (table_[i] == 0) return i;
            if ((table_[i] ^ h) >> 32 == 0 && nodes_[slot_in(table_[i])].key == key) return i;
        }
    }
    void table_put(Key key, Slot slot);
    void table_erase(Key key);
    void link_newest(Slot slot);
    void unlink_age(Slot slot);
    void chain(Slot slot);
    void unchain(Slot slot);

    std::size_t keys_max_;
    std::array<bool, 2> chained_;
    std::size_t count_ = 0;
    std::vector<std::uint64_t> table_;  // a power of two, at most 3/4 full
    std::vector<Node> nodes_;           // by slot
    Slot newest_ = kNoSlot, oldest_ = kNoSlot;
    std::array<std::vector<Slot>, 2> heads_;
};

}  // namespace volant::features
