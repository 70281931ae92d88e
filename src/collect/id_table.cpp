#include "collect/id_table.h"

#include <algorithm>
#include <utility>

#include "collect/entities.h"
#include "core/hash.h"
#include "core/text.h"

namespace volant::collect {
namespace {

constexpr std::size_t kIdSlotsMin = 16;
static_assert(2 * kAliasesMax + 1 <= UINT16_MAX);  // two rings that are joined, before the cut

std::size_t table_of(std::uint64_t hash) {
    return hash >> 58;
}
std::uint32_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint32_t>(hash);
}
std::size_t home(std::uint32_t tag, std::size_t size) {
    return std::uint64_t{tag} * size >> 32;
}
std::size_t after(std::size_t place, std::size_t size) {
    return place + 1 == size ? 0 : place + 1;
}

}  // namespace

IdTable::IdTable(std::size_t ids_max) : ids_max_(std::clamp<std::size_t>(ids_max, 2, kNone - 1)) {}

// --- the hash index ---

std::uint32_t IdTable::lookup(std::string_view id, std::uint64_t hash) const {
    const Table& table = tables_[table_of(hash)];
    if (table.empty()) return kNone;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = home(tag, table.size());; at = after(at, table.size())) {
        const Entry& entry = table[at];
        if (entry.slot == kNone) return kNone;
        if (entry.tag == tag && same_text(texts_.at(slot(entry.slot).text), id)) return entry.slot;
    }
}

void IdTable::fetch_entry(std::uint64_t hash) const {
    const Table& table = tables_[table_of(hash)];
    if (!table.empty()) __builtin_prefetch(&table[home(tag_of(hash), table.size())]);
}

void IdTable::fetch_slot(std::uint64_t hash) const {
    const Table& table = tables_[table_of(hash)];
    if (table.empty()) return;
    const std::uint32_t found = table[home(tag_of(hash), table.size())].slot;  // mostly it is that
    if (found != kNone) __builtin_prefetch(&slot(found));
}

void IdTable::index_id(std::uint32_t index, std::uint64_t hash) {
    const std::size_t number = table_of(hash);
    Table& table = tables_[number];
    if ((used_[number] + 1) * std::size_t{4} > table.size() * 3) grow(number);
    std::size_t at = home(tag_of(hash), table.size());
    while (table[at].slot != kNone) at = after(at, table.size());
    table[at] = {tag_of(hash), index};
    ++used_[number];
}

void IdTable::grow(std::size_t number) {
    Table larger(std::max(kIdSlotsMin, tables_[number].size() * 2));
    for (const Entry& entry : tables_[number]) {
        if (entry.slot == kNone) continue;
        std::size_t at = home(entry.tag, larger.size());
        while (larger[at].slot != kNone) at = after(at, larger.size());
        larger[at] = entry;
    }
    tables_[number] = std::move(larger);
}

// Removal closes the gap: each entry behind it moves up unless it stands between its home and the
// gap.
void IdTable::unindex_id(std::uint32_t index) {
    const std::uint64_t hash = hash64(texts_.at(slot(index).text));
    Table& table = tables_[table_of(hash)];
    std::size_t gap = home(tag_of(hash), table.size());
    while (table[gap].slot != index) gap = after(gap, table.size());
    for (std::size_t at = after(gap, table.size()); table[at].slot != kNone;
         at = after(at, table.size())) {
        const std::size_t wanted = home(table[at].tag, table.size());
        const bool stays = gap <= at ? gap < wanted && wanted <= at : gap < wanted || wanted <= at;
        if (stays) continue;
        table[gap] = table[at];
        gap = at;
    }
    table[gap] = {};
    --used_[table_of(hash)];
}

// --- slots ---

std::uint32_t IdTable::make_slot(std::string_view id, std::uint64_t hash) {
    std::uint32_t index;
    if (!free_.empty()) {
        index = free_.back();
        free_.pop_back();
    } else {
        index = static_cast<std::uint32_t>(bound_++);
        if (index / kPage == pages_.size()) pages_.push_back(std::make_unique<Slot[]>(kPage));
    }
    Slot& made = slot(index);
    made = {};
    made.text = texts_.add(id);
    made.canonical = index;
    index_id(index, hash);
    return index;
}

void IdTable::free_slot(std::uint32_t index) {
    unindex_id(index);
    texts_.remove(slot(index).text);
    if (slot(index).live) --live_count_;
    slot(index) = {};
    free_.push_back(index);
}

// Evicts the longest unseen id if the table is full. Only when all ids are aliases of `keep` does
// that one lose its oldest alias instead.
EntityIndex IdTable::make_room(EntityIndex keep) {
    if (bound_ - free_.size() < ids_max_) return kNoEntity;
    const std::uint32_t victim = oldest_ != keep ? oldest_ : slot(oldest_).newer;
    if (victim == kNone) {
        forget_oldest_alias(keep);
        return kNoEntity;
    }
    evict(victim);
    return victim;
}

void IdTable::evict(std::uint32_t index) {
    while (slot(index).aliases > 0) forget_oldest_alias(index);
    unlink(index);
    free_slot(index);
}

EntityIndex IdTable::find(std::string_view id) const {
    const std::uint32_t found = lookup(id, hash64(id));
    return found == kNone ? kNoEntity : slot(found).canonical;
}

IdTable::Interned IdTable::intern(std::string_view id, std::uint64_t hash, EntityIndex keep) {
    if (const std::uint32_t found = lookup(id, hash); found != kNone) {
        const std::uint32_t canonical = slot(found).canonical;
        see(canonical);
        return {canonical, kNoEntity};
    }
    const EntityIndex evicted = make_room(keep);
    const std::uint32_t made = make_slot(id, hash);
    link_newest(made);
    return {made, evicted};
}

bool IdTable::mark(EntityIndex index, Micros time, bool live) {
    Slot& marked = slot(index);
    if (time < marked.marked) return false;
    marked.marked = time;
    if (live != marked.live) live ? ++live_count_ : --live_count_;
    marked.live = live;
    return true;
}

std::vector<EntityIndex> IdTable::live(std::size_t limit) const {
    std::vector<EntityIndex> found;
    for (std::uint32_t index = 0; index < bound_ && found.size() < limit; ++index)
        if (slot(index).live) found.push_back(index);
    return found;
}

// --- from the longest unseen to the last seen ---

void IdTable::link_newest(std::uint32_t index) {
    slot(index).older = newest_;
    slot(index).newer = kNone;
    (newest_ == kNone ? oldest_ : slot(newest_).newer) = index;
    newest_ = index;
}

void IdTable::unlink(std::uint32_t index) {
    const Slot& gone = slot(index);
    (gone.older == kNone ? oldest_ : slot(gone.older).newer) = gone.newer;
    (gone.newer == kNone ? newest_ : slot(gone.newer).older) = gone.older;
}

void IdTable::see(std::uint32_t index) {
    if (index == newest_) return;
    unlink(index);
    link_newest(index);
}

// --- aliases ---

IdTable::Joined IdTable::join(std::string_view id, EntityIndex into) {
    const std::uint64_t hash = hash64(id);
    const std::uint32_t found = lookup(id, hash);
    if (found == kNone) {
        const EntityIndex evicted = make_room(into);
        append_alias(into, make_slot(id, hash));
        return {kNoEntity, evicted};
    }
    const std::uint32_t from = slot(found).canonical;
    if (from == into) return {};

    unlink(from);
    Slot& joining = slot(from);
    if (joining.live || joining.marked > slot(into).marked)
        mark(into, joining.marked, joining.live);
    if (std::exchange(joining.live, false)) --live_count_;
    const std::uint32_t last = joining.ring;
    if (const std::uint32_t count = std::exchange(joining.aliases, 0); count > 0)
        append_ring(into, last, count);
    append_alias(into, from);
    return {from, kNoEntity};
}

std::vector<std::string_view> IdTable::names(EntityIndex index) const {
    const Slot& owner = slot(index);
    std::vector<std::string_view> names = {id(index)};
    std::uint32_t at = owner.ring;
    for (std::uint32_t i = 0; i < owner.aliases; ++i) names.push_back(id(at = slot(at).ring));
    return names;
}

void IdTable::append_alias(std::uint32_t canonical, std::uint32_t alias) {
    slot(alias).ring = alias;
    append_ring(canonical, alias, 1);
}

// Puts a whole ring of aliases, given by its last one, behind those of `canonical`.
void IdTable::append_ring(std::uint32_t canonical, std::uint32_t last, std::uint32_t count) {
    Slot& owner = slot(canonical);
    for (std::uint32_t at = slot(last).ring, i = 0; i < count; ++i, at = slot(at).ring)
        slot(at).canonical = canonical;
    if (owner.aliases > 0) std::swap(slot(owner.ring).ring, slot(last).ring);
    owner.ring = last;
    owner.aliases += count;
    while (owner.aliases > kAliasesMax) forget_oldest_alias(canonical);
}

void IdTable::forget_oldest_alias(std::uint32_t canonical) {
    Slot& owner = slot(canonical);
    const std::uint32_t first = slot(owner.ring).ring;
    slot(owner.ring).ring = slot(first).ring;
    if (--owner.aliases == 0) owner.ring = kNone;
    free_slot(first);
}

}  // namespace volant::collect
