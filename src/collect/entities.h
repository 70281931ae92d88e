// Entities: a fold. Every id that was seen, its attributes (the latest by event_time, then lsn), its
// relations, who is whom ($identify), and which items are live.
//
// Ids become dense indices, so that other folds keep plain arrays. Bounded: past `entities_max` ids of
// one entity, the longest unseen id is evicted with all its state (see Effects) and its index reused.
// Threads: observe/restore on the apply thread; const functions wherever no observe runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/event.h"

namespace volant::collect {

// What an event did to identities; later folds must follow it before they read the event itself.
struct Effects {
    struct Merge {
        int entity;
        EntityIndex from;  // its state joins `into`, then it is free
        EntityIndex into;
    };
    struct Gone {
        int entity;
        EntityIndex index;  // evicted or $deleted: forget its state
    };
    std::vector<Merge> merges;
    std::vector<Gone> gone;
    void clear() {
        merges.clear();
        gone.clear();
    }
};

class Entities {
  public:
    explicit Entities(const spec::Spec& spec);
    ~Entities();

    // Interns the event's ids (filling EntityUse::index), applies $set, $unset, $delete, $link, $unlink
    // and $identify. `effects` is cleared first.
    void observe(EventView& event, Effects& effects);

    // Canonical index after merges, or kNoEntity. Never changes state.
    EntityIndex find(int entity, std::string_view id) const;
    // Canonical index, made if need be: for ids that predictions bring (apply thread only).
    EntityIndex intern(int entity, std::string_view id, Micros seen, Effects& effects);
    std::string_view id(int entity, EntityIndex index) const;
    // nullptr when missing.
    const Value* attribute(int entity, EntityIndex index, int attribute) const;
    // A small dense number for each distinct attribute value that occurs, for keys like book.category;
    // UINT32_MAX when missing.
    std::uint32_t attribute_key(int entity, EntityIndex index, int attribute) const;
    // Indices linked from `index` by `relation` within the same entity, in order of the link's lsn; bounded
    // at kLinksMax an id (the oldest link is dropped).
    static constexpr std::size_t kLinksMax = 256;
    std::span<const EntityIndex> links(int entity, EntityIndex index, std::string_view relation) const;
    // Ids that have been $set or seen in events and not $deleted, in order of index: the catalogue.
    std::vector<EntityIndex> live(int entity, std::size_t limit) const;
    std::size_t count(int entity) const;  // live ids
    // One past the largest index in use: the size that arrays by index need.
    std::size_t bound(int entity) const;

    void snapshot(std::string& out) const;
    Status restore(std::string_view in);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace volant::collect
