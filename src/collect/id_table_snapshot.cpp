// IdTable's snapshots: docs/formats/entities.md has the bytes.
#include "collect/id_table.h"
#include "core/hash.h"

namespace volant::collect {
namespace {

constexpr std::uint32_t kUnplaced = UINT32_MAX - 1;  // an alias whose canonical is not known yet

}  // namespace

void IdTable::stream(Pieces& pieces) const {
    Writer& out = pieces.writer();
    out.varint(bound_);
    for (std::uint32_t index = 0; index < bound_; ++index) {
        const Slot& here = slot(index);
        const bool used = here.canonical != kNone;
        out.u8(static_cast<std::uint8_t>(
            (used ? 1 : 0) | (used && here.canonical == index ? 2 : 0) | (here.live ? 4 : 0)));
        if (!used) continue;
        out.string(texts_.at(here.text));
        if (here.canonical == index) out.zigzag(here.marked);
        pieces.pause();
    }
    stream_order(pieces);
}

void IdTable::stream_order(Pieces& pieces) const {
    Writer& out = pieces.writer();
    out.varint(free_.size());
    for (const std::uint32_t index : free_) out.varint(index);
    for (std::uint32_t at = oldest_; at != kNone; at = slot(at).newer) {
        out.varint(at + std::uint64_t{1});
        out.varint(slot(at).aliases);
        for (std::uint32_t i = 0, alias = slot(at).ring; i < slot(at).aliases; ++i) {
            alias = slot(alias).ring;
            out.varint(alias);
        }
        pieces.pause();
    }
    out.varint(0);
}

void IdTable::take_over(IdTable&& from) {
    const std::size_t ids_max = ids_max_;
    *this = std::move(from);
    ids_max_ = ids_max;
}

bool IdTable::restore(Cursor& in) {
    return restore_slots(in) && restore_order(in);
}

bool IdTable::restore_slots(Cursor& in) {
    bound_ = in.varint();
    if (bound_ > in.left() || bound_ > ids_max_) return false;
    for (std::uint32_t index = 0; index < bound_ && in.ok(); ++index) {
        if (index / kPage == pages_.size()) pages_.push_back(std::make_unique<Slot[]>(kPage));
        const std::uint8_t flags = in.u8();
        if (!(flags & 1)) continue;
        const std::string_view id = in.string();
        if (!in.ok() || id.size() > TextArena::kTextMax || lookup(id, hash64(id)) != kNone)
            return false;
        Slot& here = slot(index);
        here.text = texts_.add(id);
        here.canonical = flags & 2 ? index : kUnplaced;  // an alias gets its own with the order
        here.live = (flags & 6) == 6;
        live_count_ += here.live;
        if (flags & 2) here.marked = in.zigzag();
        index_id(index, hash64(id));
    }
    return in.ok();
}

bool IdTable::restore_order(Cursor& in) {
    const auto index_below_bound = [&] {
        const std::uint64_t index = in.varint();
        return index < bound_ ? static_cast<std::uint32_t>(index) : kNone;
    };
    std::size_t placed = in.varint();
    if (placed > bound_) return false;
    for (std::size_t i = 0; i < placed; ++i) {
        const std::uint32_t index = index_below_bound();
        if (index == kNone || slot(index).canonical != kNone) return false;
        free_.push_back(index);
    }
    while (const std::uint64_t next = in.varint()) {
        const auto index = static_cast<std::uint32_t>(next - 1);
        if (next > bound_ || !is_canonical(index) || slot(index).newer != kNone || index == newest_)
            return false;
        link_newest(index);
        ++placed;
        for (std::uint64_t count = in.varint(); count > 0; --count, ++placed) {
            const std::uint32_t alias = index_below_bound();
            if (alias == kNone || slot(alias).canonical != kUnplaced) return false;
            append_alias(index, alias);
        }
    }
    return in.ok() && placed == bound_;  // every slot has its place
}

}  // namespace volant::collect
