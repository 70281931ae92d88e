// Dedup: which client-given ids have been seen, as 128-bit keyed fingerprints in two generations.
//
// The last `generation_max` fingerprints are always known; at most twice as many are kept. When the
// newer generation is full it becomes the older one, and the older one is forgotten.
// Memory: 24 bytes an entry at a load of at most 80 %, so at most 60 bytes times `generation_max`
// at the bound. Each generation is 256 small tables that grow one by one: no insert ever moves more
// than one of them, and a forgotten generation is freed table by table. Threads: insert/restore on
// the apply thread; const functions wherever neither runs. Stored: docs/formats/dedup.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/pieces.h"
#include "core/result.h"
#include "log/record.h"

namespace volant::collect {

// What is kept with a fingerprint.
struct Known {
    log::Lsn lsn = 0;        // of the first record under this id; below 2^48
    std::uint16_t body = 0;  // a check of its body, to count other bodies under a known id
    bool operator==(const Known&) const = default;
};

class Dedup {
  public:
    explicit Dedup(std::uint64_t generation_max);

    std::optional<Known> find(const Hash128& fingerprint) const;
    // Fetches into the cache what find() will look at.
    void prefetch(const Hash128& fingerprint) const;
    // Nothing changes if the newer generation knows the fingerprint already.
    void insert(const Hash128& fingerprint, Known known);

    std::uint64_t count() const { return newer_.count + older_.count; }
    std::size_t bytes() const;  // of the tables

    void snapshot(std::string& out) const;
    void stream(Pieces& out) const;  // the same bytes
    // One that was taken under another bound keeps the last fingerprints that this one allows.
    Status restore(std::string_view in);

  private:
    struct Entry {
        Hash128 fingerprint;
        std::uint64_t place = 0;  // lsn << 16 | body; 0 = empty
    };
    // Open addressing, linear probing. The home slot is the fingerprint scaled to the table's size.
    using Table = std::vector<Entry>;
    static constexpr std::size_t kTables = 256;
    struct Generation {
        std::array<Table, kTables> tables;
        std::array<std::uint32_t, kTables> used{};
        std::uint64_t count = 0;
    };

    static std::size_t table_of(const Hash128& fingerprint) { return fingerprint.high >> 56; }
    static std::size_t home(const Table& table, const Hash128& fingerprint) {
        return ((fingerprint.low >> 32) * table.size()) >> 32;
    }
    static std::size_t probe(const Table& table, const Hash128& fingerprint);
    static const Entry* find_in(const Generation& generation, const Hash128& fingerprint);
    static void stream_generation(const Generation& generation, Pieces& out);
    static bool restore_generation(std::string_view& in, Generation& out);
    void grow(Generation& generation, std::size_t index) const;
    void rotate();
    void keep_last();

    std::uint64_t generation_max_;
    Generation newer_;
    Generation older_;
    std::vector<Table> dying_;  // of a forgotten generation; one is freed at each insert
};

}  // namespace volant::collect
