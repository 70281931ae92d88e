#include "features/keys.h"

namespace volant::features {

void BoundedKeys::put(Key key, Slot slot) {
    if (slot >= nodes_.size()) nodes_.resize(std::size_t{slot} + 1);
    nodes_[slot] = Node{.key = key};
    table_put(key, slot);
    link_newest(slot);
    chain(slot);
    ++count_;
}

void BoundedKeys::erase(Slot slot) {
    table_erase(nodes_[slot].key);
    unlink_age(slot);
    unchain(slot);
    --count_;
}

void BoundedKeys::rekey(Slot slot, Key key) {
    table_erase(nodes_[slot].key);
    unchain(slot);
    nodes_[slot].key = key;
    table_put(key, slot);
    chain(slot);
}

void BoundedKeys::table_put(Key key, Slot slot) {
    if ((count_ + 1) * 4 > table_.size() * 3) {
        std::vector<std::uint64_t> old(table_.size() * 2, 0);
        old.swap(table_);
        const std::size_t mask = table_.size() - 1;
        for (const std::uint64_t e : old) {
            if (e == 0) continue;
            std::size_t i = hash(nodes_[slot_in(e)].key) & mask;
            while (table_[i] != 0) i = (i + 1) & mask;
            table_[i] = e;
        }
    }
    table_[place_of(key)] = entry(key, slot);
}

// Moves later entries of the probe back over the hole (Knuth, volume 3, algorithm 6.4R), so that no
// tombstones pile up.
void BoundedKeys::table_erase(Key key) {
    const std::size_t mask = table_.size() - 1;
    std::size_t hole = place_of(key);
    for (std::size_t i = (hole + 1) & mask; table_[i] != 0; i = (i + 1) & mask) {
        const std::size_t home = hash(nodes_[slot_in(table_[i])].key) & mask;
        // Stays if its home lies cyclically in (hole, i].
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        table_[hole] = table_[i];
        hole = i;
    }
    table_[hole] = 0;
}

void BoundedKeys::link_newest(Slot slot) {
    nodes_[slot].older = newest_;
    nodes_[slot].newer = kNoSlot;
    (newest_ == kNoSlot ? oldest_ : nodes_[newest_].newer) = slot;
    newest_ = slot;
}

void BoundedKeys::unlink_age(Slot slot) {
    const Node& node = nodes_[slot];
    (node.newer == kNoSlot ? newest_ : nodes_[node.newer].older) = node.older;
    (node.older == kNoSlot ? oldest_ : nodes_[node.older].newer) = node.newer;
}

void BoundedKeys::chain(Slot slot) {
    for (std::size_t part = 0; part < 2; ++part) {
        if (!chained_[part]) continue;
        Node& node = nodes_[slot];
        const std::uint32_t index = part == 0 ? node.key.first : node.key.second;
        std::vector<Slot>& heads = heads_[part];
        if (index >= heads.size()) heads.resize(std::size_t{index} + 1, kNoSlot);
        node.before[part] = kNoSlot;
        node.next[part] = heads[index];
        if (heads[index] != kNoSlot) nodes_[heads[index]].before[part] = slot;
        heads[index] = slot;
    }
}

void BoundedKeys::unchain(Slot slot) {
    for (std::size_t part = 0; part < 2; ++part) {
        if (!chained_[part]) continue;
        const Node& node = nodes_[slot];
        const std::uint32_t index = part == 0 ? node.key.first : node.key.second;
        const Slot next = node.next[part];
        const Slot before = node.before[part];
        (before == kNoSlot ? heads_[part][index] : nodes_[before].next[part]) = next;
        if (next != kNoSlot) nodes_[next].before[part] = before;
    }
}

std::size_t BoundedKeys::bytes() const {
    return table_.capacity() * sizeof(std::uint64_t) + nodes_.capacity() * sizeof(Node) +
           (heads_[0].capacity() + heads_[1].capacity()) * sizeof(Slot);
}

}  // namespace volant::features
