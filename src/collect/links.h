// Links: which ids of one entity are related to which, both ways, so that an id that goes takes its
// links with it.
//
// Invariants:
//   1. Targets of one id and relation are distinct, in the order of their links' lsns, at most
//   kLinksMax.
//   2. Each link has one entry in its target's list of links back; `back` is that entry's place.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collect/event.h"
#include "collect/sparse.h"
#include "core/bytes.h"
#include "core/hash.h"

namespace volant::collect {

class Links {
  public:
    std::span<const EntityIndex> find(EntityIndex source, std::string_view relation) const;

    // A link that exists already keeps its earlier lsn; a link of an id to itself is not kept.
    void add(EntityIndex source, std::string_view relation, EntityIndex target, log::Lsn lsn);
    void remove(EntityIndex source, std::string_view relation, EntityIndex target);
    // Forgets the index: its links, and the links to it.
    void erase(EntityIndex index);
    // Links of and to `from` become links of and to `into`; `from` is forgotten.
    void join(EntityIndex from, EntityIndex into);

    void snapshot(Writer& out) const;
    // Into an empty one; indices must lie below `bound`.
    bool restore(Cursor& in, std::size_t bound);

  private:
    struct Detail {
        log::Lsn lsn;
        std::uint32_t back;
    };
    struct Out {
        std::uint32_t relation;
        std::vector<EntityIndex> targets;
        std::vector<Detail> details;  // of each target
    };
    struct Back {
        EntityIndex source;
        std::uint32_t relation;
    };
    struct Node {
        std::vector<Out> out;
        std::vector<Back> back;
    };

    std::uint32_t number(std::string_view relation);
    Out* find_out(EntityIndex source, std::uint32_t relation);
    void add(EntityIndex source, std::uint32_t relation, EntityIndex target, log::Lsn lsn);
    void remove(EntityIndex source, std::uint32_t relation, EntityIndex target);
    void remove_at(Out& out, std::size_t place);
    void remove_back(EntityIndex target, std::uint32_t place);
    void erase_if_bare(EntityIndex index);

    std::vector<std::string> relations_;  // bounded by the names that Schema lets in
    std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> numbers_;
    Sparse<Node> nodes_;
};

}  // namespace volant::collect
