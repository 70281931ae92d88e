// Entities: a fold. Every id that was seen, its attributes, its relations, who is whom ($identify),
// and which items are live.
//
// Ids become dense indices, so that other folds keep plain arrays.
//   Latest wins: an attribute, and whether an id is live, follow the last word by (event_time,
//   lsn), so a late $set does not undo a later $unset or $delete. Links follow the order of the
//   log. One subject: after $identify both ids have the index of the identified one; what the other
//   had joins it. Bounded: past `entities_max` ids of one entity, the longest unseen (in the order
//   of the log) is evicted with all its state (see Effects) and its index used again.
// Threads: observe/intern/restore on the apply thread; const functions wherever none of these runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collect/event.h"
#include "core/pieces.h"

namespace volant::collect {

// What an event did to identities. Later folds must follow it before they read the event itself:
// first `gone`, whose indices may be in use again, then `merges`.
struct Effects {
    struct Merge {
        int entity;
        EntityIndex from;  // its state joins `into`; no id has this index any more
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

// Links out of one id by one relation; past it the oldest link is dropped.
inline constexpr std::size_t kLinksMax = 256;
// Ids that $identify has made one with another id; past it the oldest is forgotten.
inline constexpr std::size_t kAliasesMax = 1'024;
// Distinct values of one attribute that features key by; past it new values have no key.
inline constexpr std::size_t kAttributeKeysMax = 1'000'000;

// Bytes of one attribute's value: a text's own; a list counts kListElementBytes for each element
// beside them. A $set with more is refused; where a log from before has one, it is kept as missing,
// with its time: it is the attribute's last word all the same.
inline constexpr std::size_t kAttributeBytesMax = 4'096;
inline constexpr std::size_t kListElementBytes = 40;

class Entities {
  public:
    explicit Entities(const spec::Spec& spec);
    ~Entities();

    // Interns the event's ids (filling EntityUse::index), applies $set, $unset, $delete, $link,
    // $unlink and $identify. `effects` is cleared first.
    void observe(EventView& event, Effects& effects);

    // Canonical index after merges, or kNoEntity. Never changes state.
    EntityIndex find(int entity, std::string_view id) const;
    // Canonical index, made if need be, and seen now: for the ids that predictions bring. Does not
    // make it live. What it evicts is added to `effects`.
    EntityIndex intern(int entity, std::string_view id, Effects& effects);
    std::string_view id(int entity, EntityIndex index) const;
    // All ids that have this index: the canonical one first, then those that joined it by
    // $identify.
    std::vector<std::string_view> names(int entity, EntityIndex index) const;
    // nullptr when missing.
    const Value* attribute(int entity, EntityIndex index, int attribute) const;
    // A small dense number for each distinct value of an attribute that features key by, like
    // book.category; UINT32_MAX when missing, and for attributes that no feature keys by.
    std::uint32_t attribute_key(int entity, EntityIndex index, int attribute) const;
    // Indices linked from `index` by `relation` within the same entity, in the order of the links'
    // lsns.
    std::span<const EntityIndex> links(int entity, EntityIndex index,
                                       std::string_view relation) const;
    // Live ids in order of index: the catalogue. An id is live once an event (other than $delete)
    // names it, until it is $deleted.
    std::vector<EntityIndex> live(int entity, std::size_t limit) const;
    std::size_t count(int entity) const;  // live ids
    // One past the largest index in use: the size that arrays by index need.
    std::size_t bound(int entity) const;

    // The state is restored only under the same entities, attributes and bound: kConflict
    // otherwise.
    void snapshot(std::string& out) const;
    void stream(Pieces& out) const;  // the same bytes
    Status restore(std::string_view in);
    // Takes over what a snapshot under the specification `before` has of the entities and
    // attributes that are declared now; indices and the numbers of attributes' values stay as they
    // were. The entities and attributes that it knows nothing of are empty. kInvalidSpec when it
    // holds more ids than the bound allows.
    Status take_over(std::string_view in, const spec::Spec& before);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace volant::collect
