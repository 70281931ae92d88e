// Attributes: what is known about the ids of one entity. Each attribute holds its last word by
// (event_time, lsn); null is a word too, so that a late $set does not undo a later $unset.
//
// Bounded: a value of more than kAttributeBytesMax is kept as missing, whether it comes from an
// event or from a snapshot.
//
// The values of attributes that features key by are numbered in the order in which they first
// occur.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collect/event.h"
#include "collect/sparse.h"
#include "core/bytes.h"
#include "core/hash.h"
#include "core/pieces.h"
#include "core/value.h"

namespace volant::collect {

// When something was said: later wins.
struct Stamp {
    Micros event_time = INT64_MIN;
    log::Lsn lsn = 0;
    auto operator<=>(const Stamp&) const = default;
};

// What a value counts for against kAttributeBytesMax.
std::size_t attribute_bytes(const Value& value);

class Attributes {
  public:
    static constexpr std::uint32_t kNoKey = UINT32_MAX;

    // `keyed[a]`: features key by attribute `a`.
    explicit Attributes(std::vector<bool> keyed);

    // nullptr when missing.
    const Value* find(EntityIndex index, std::size_t attribute) const;
    std::uint32_t key(EntityIndex index, std::size_t attribute) const;

    void write(EntityIndex index, std::size_t attribute, Value value, const Stamp& stamp);
    // Writes null to all attributes.
    void write_nulls(EntityIndex index, const Stamp& stamp);
    // Forgets the index.
    void erase(EntityIndex index) { rows_.erase(index); }
    // The last word of either goes to `into`; `from` is forgotten.
    void join(EntityIndex from, EntityIndex into);

    void stream(Pieces& out) const;
    bool restore(Cursor& in);  // into an empty one
    // Attribute `a` becomes what `from` has as attribute attributes[a] (-1: nothing). Into an empty
    // one.
    void take_over(Attributes&& from, const std::vector<int>& attributes);

  private:
    struct Cell {
        Value value;
        Stamp stamp;
        std::uint32_t key = kNoKey;
    };
    using Row = std::vector<Cell>;
    // The numbers of one attribute's values, by their encoded bytes.
    struct Keys {
        std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> numbers;
        std::vector<const std::string*> in_order;  // keys of `numbers`
    };

    Row& row(EntityIndex index);
    std::uint32_t number(std::size_t attribute, const Value& value);
    void number_text(Keys& keys, std::string_view text);

    std::vector<bool> keyed_;
    std::vector<Keys> keys_;  // by attribute; empty unless keyed
    Sparse<Row> rows_;
    std::string scratch_;
};

}  // namespace volant::collect
