// Dedup: which client-given ids have been seen, as 128-bit keyed fingerprints in two generations.
//
// The last `generation_max` fingerprints are always known; at most twice as many are kept. When the
// newer generation is full it becomes the older one, and the older one is forgotten.
// Memory: 24 bytes an entry at a load of at most 80 %, some room for chance, and while a generation
// grows its old tables: at most 85 bytes times `generation_max`. Each generation is 256 small
// tables that grow one by one, so that no insert moves more than two of them, or all while they
// have few slots; those of one size stand in one array, for the sake of huge pages. A forgotten
// generation is freed bit by bit. Threads: insert/restore on the apply thread; const functions
// wherever neither runs. Stored: docs/formats/dedup.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/hash.h"
#include "core/pieces.h"
#include "core/result.h"
#include "core/zeroed_array.h"
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
    struct Table {
        Entry* slots = nullptr;
        std::uint32_t size = 0;
        std::uint32_t used = 0;

        std::span<const Entry> all() const { return {slots, size}; }
    };
    static constexpr std::size_t kTables = 256;
    // Slots of one size for every table; while tables move, some of them stand unused.
    struct Hall {
        ZeroedArray<Entry> slots;
        std::uint32_t size = 0;  // of each table

        Hall() = default;
        explicit Hall(std::uint32_t table_size);
        Entry* of(std::size_t table) { return slots.data() + table * size; }
    };
    struct Generation {
        std::array<Table, kTables> tables;
        Hall hall;
        Hall larger;  // if there is one, tables are on their way there
        std::uint64_t count = 0;
    };

    static std::size_t table_of(const Hash128& fingerprint) { return fingerprint.high >> 56; }
    static std::size_t home(const Table& table, const Hash128& fingerprint) {
        return ((fingerprint.low >> 32) * table.size) >> 32;
    }
    static std::size_t probe(const Table& table, const Hash128& fingerprint);
    static const Entry* find_in(const Generation& generation, const Hash128& fingerprint);
    static void stream_generation(const Generation& generation, Pieces& out);
    struct Stored {  // a generation, as a snapshot has it
        std::array<std::uint32_t, kTables> sizes{};
        std::array<std::string_view, kTables> entries;
        std::uint64_t most = 0;  // entries in one table
    };
    static std::optional<Stored> read_generation(Cursor& in);
    static bool is_likely(const Stored& newer, const Stored& older);
    static void place_tables(const Stored& stored, Generation& out);
    static bool restore_generation(const Stored& stored, Generation& out);
    static void open(Generation& generation, std::uint32_t table_size);
    std::uint32_t larger_than(std::size_t size) const;
    void grow(std::size_t index);
    void move(std::size_t index);
    void move_next();
    void rotate();
    void free_some();
    void keep_last();

    std::uint64_t generation_max_;
    Generation newer_;
    Generation older_;
    std::vector<ZeroedPages> dying_;  // of a forgotten generation
};

}  // namespace volant::collect
