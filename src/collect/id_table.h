// IdTable: the ids of one entity as dense indices: who is whom, who was seen last, who is live.
//
// Every id has a slot; a slot's number is the id's index unless the id is an alias of another one.
// Invariants:
//   1. `canonical` of a slot is a slot that is its own canonical (never a chain).
//   2. The canonical slots, and no others, are in the list from the longest unseen to the last
//   seen.
//   3. The aliases of a canonical slot form a ring in the order in which they joined.
//   4. At most `ids_max` slots are used; a free slot's number is given out again, the last freed
//   first.
// The hash index is 64 small tables that grow one by one, so that no insert moves more than one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collect/event.h"
#include "collect/text_arena.h"
#include "core/bytes.h"
#include "core/pieces.h"

namespace volant::collect {

class IdTable {
  public:
    // At least 2 ids are kept.
    explicit IdTable(std::size_t ids_max);

    // Canonical, or kNoEntity.
    EntityIndex find(std::string_view id) const;

    struct Interned {
        EntityIndex index = kNoEntity;    // canonical
        EntityIndex evicted = kNoEntity;  // had to go to make room; may be the same number
    };
    // Makes the id if need be, and sees it now. Never evicts `keep`. `hash` is hash64(id).
    Interned intern(std::string_view id, std::uint64_t hash, EntityIndex keep = kNoEntity);
    // Fetch into the cache what intern() will look at: the entry of the index, and then the slot
    // that it leads to. For several ids at once, so that they wait for memory together.
    void fetch_entry(std::uint64_t hash) const;
    void fetch_slot(std::uint64_t hash) const;

    struct Joined {
        EntityIndex from =
            kNoEntity;  // has become an alias; kNoEntity if nothing had its own state
        EntityIndex evicted = kNoEntity;
    };
    // Makes `id`, and whatever was one with it, an alias of `into`.
    Joined join(std::string_view id, EntityIndex into);

    std::string_view id(EntityIndex index) const { return texts_.at(slot(index).text); }
    // The id itself first, then those that joined it, in their order.
    std::vector<std::string_view> names(EntityIndex index) const;
    bool is_live(EntityIndex index) const { return slot(index).live; }
    // Latest wins: false, and nothing changes, if the index was marked for a later time already.
    bool mark(EntityIndex index, Micros time, bool live);

    std::vector<EntityIndex> live(std::size_t limit) const;
    std::size_t live_count() const { return live_count_; }
    std::size_t bound() const { return bound_; }

    void stream(Pieces& out) const;
    bool restore(Cursor& in);  // into an empty table
    // All that `from` has, under this table's own bound, which is not below from.bound().
    void take_over(IdTable&& from);

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    struct Slot {
        TextArena::Handle text;
        std::uint32_t canonical = kNone;  // kNone: the slot is free
        std::uint32_t newer = kNone;      // of a canonical slot
        std::uint32_t older = kNone;
        std::uint32_t ring =
            kNone;  // canonical: its last alias; alias: the next one, round to the first
        std::uint16_t aliases = 0;
        bool live = false;
        Micros marked = INT64_MIN;
    };
    static_assert(sizeof(Slot) == 48);
    struct Entry {
        std::uint32_t tag = 0;
        std::uint32_t slot = kNone;
    };
    using Table = std::vector<Entry>;
    static constexpr std::size_t kTables = 64;
    static constexpr std::uint32_t kPage = 1024;

    Slot& slot(std::uint32_t index) { return pages_[index / kPage][index % kPage]; }
    const Slot& slot(std::uint32_t index) const { return pages_[index / kPage][index % kPage]; }
    bool is_canonical(std::uint32_t index) const { return slot(index).canonical == index; }

    std::uint32_t lookup(std::string_view id, std::uint64_t hash) const;
    void index_id(std::uint32_t index, std::uint64_t hash);
    void unindex_id(std::uint32_t index);
    void grow(std::size_t table);

    std::uint32_t make_slot(std::string_view id, std::uint64_t hash);
    void free_slot(std::uint32_t index);
    EntityIndex make_room(EntityIndex keep);
    void evict(std::uint32_t index);

    void link_newest(std::uint32_t index);
    void unlink(std::uint32_t index);
    void see(std::uint32_t index);

    void append_alias(std::uint32_t canonical, std::uint32_t alias);
    void append_ring(std::uint32_t canonical, std::uint32_t last, std::uint32_t count);
    void forget_oldest_alias(std::uint32_t canonical);

    void stream_order(Pieces& out) const;
    bool restore_slots(Cursor& in);
    bool restore_order(Cursor& in);

    std::size_t ids_max_;
    std::size_t bound_ = 0;
    std::size_t live_count_ = 0;
    std::uint32_t newest_ = kNone;
    std::uint32_t oldest_ = kNone;
    std::vector<std::unique_ptr<Slot[]>> pages_;
    std::vector<std::uint32_t> free_;
    TextArena texts_;
    std::array<Table, kTables> tables_;
    std::array<std::uint32_t, kTables> used_{};
};

}  // namespace volant::collect
