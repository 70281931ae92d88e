#include "collect/dedup.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "core/bytes.h"

namespace volant::collect {
namespace {

constexpr std::uint8_t kDedupVersion = 1;
constexpr std::size_t kTableMin = 16;  // slots
constexpr std::uint64_t kLsnMax = 1ull << 48;
constexpr std::size_t kHugeFrom = std::size_t{4} << 20;
constexpr std::uint64_t kMoveEvery = 64;  // inserts

bool too_full(std::size_t used, std::size_t slots) {
    return used * 5 >= slots * 4;
}

}  // namespace

Dedup::Dedup(std::uint64_t generation_max)
    : generation_max_(std::max<std::uint64_t>(1, generation_max)) {}

// The slot that holds the fingerprint, or the empty one where it belongs. A table is never full.
std::size_t Dedup::probe(const Table& table, const Hash128& fingerprint) {
    std::size_t slot = home(table, fingerprint);
    while (table.slots[slot].place != 0 && table.slots[slot].fingerprint != fingerprint)
        if (++slot == table.size) slot = 0;
    return slot;
}

const Dedup::Entry* Dedup::find_in(const Generation& generation, const Hash128& fingerprint) {
    const Table& table = generation.tables[table_of(fingerprint)];
    if (table.size == 0) return nullptr;
    const Entry& entry = table.slots[probe(table, fingerprint)];
    return entry.place != 0 ? &entry : nullptr;
}

std::optional<Known> Dedup::find(const Hash128& fingerprint) const {
    const Entry* entry = find_in(newer_, fingerprint);
    if (!entry) entry = find_in(older_, fingerprint);
    if (!entry) return std::nullopt;
    return Known{entry->place >> 16, static_cast<std::uint16_t>(entry->place)};
}

void Dedup::prefetch(const Hash128& fingerprint) const {
    for (const Generation* generation : {&newer_, &older_}) {
        const Table& table = generation->tables[table_of(fingerprint)];
        if (table.size != 0) __builtin_prefetch(table.slots + home(table, fingerprint));
    }
}

void Dedup::insert(const Hash128& fingerprint, Known known) {
    VOLANT_CHECK(known.lsn > 0 && known.lsn < kLsnMax);
    free_some();
    if (find_in(newer_, fingerprint)) return;
    if (newer_.count >= generation_max_) rotate();

    const std::size_t index = table_of(fingerprint);
    Table& table = newer_.tables[index];
    if (too_full(table.used + 1u, table.size)) grow(index);
    table.slots[probe(table, fingerprint)] = {fingerprint, known.lsn << 16 | known.body};
    ++table.used;
    if (++newer_.count % kMoveEvery == 0 && !newer_.larger.slots.empty()) move_next();
}

Dedup::Hall::Hall(std::uint32_t table_size)
    : slots(std::size_t{table_size} * kTables, kHugeFrom), size(table_size) {}

// Empty tables of that size.
void Dedup::open(Generation& generation, std::uint32_t table_size) {
    generation = Generation{};
    generation.hall = Hall(table_size);
    for (std::size_t i = 0; i < kTables; ++i)
        generation.tables[i] = {generation.hall.of(i), table_size, 0};
}

// Twice the size, in steps that end at what a table needs at the bound: its share, and six standard
// deviations. More only if chance has it that this is not enough.
std::uint32_t Dedup::larger_than(std::size_t size) const {
    const double share = static_cast<double>(generation_max_) / kTables;
    auto larger = static_cast<std::size_t>((share + 6 * std::sqrt(share) + 8) * 1.25);
    while (larger / 2 > size && larger / 2 >= kTableMin) larger /= 2;
    return static_cast<std::uint32_t>(larger > size ? larger : size * 5 / 4);
}

// The other tables follow.
void Dedup::grow(std::size_t index) {
    const std::size_t size = newer_.tables[index].size;
    if (size == 0) return open(newer_, larger_than(0));
    if (newer_.larger.size == size)
        while (!newer_.larger.slots.empty()) move_next();
    if (newer_.larger.slots.empty()) newer_.larger = Hall(larger_than(size));
    move(index);
}

void Dedup::move(std::size_t index) {
    Table& table = newer_.tables[index];
    const Table old = table;
    table.slots = newer_.larger.of(index);
    table.size = newer_.larger.size;
    for (const Entry& entry : old.all())
        if (entry.place != 0) table.slots[probe(table, entry.fingerprint)] = entry;
}

// The first table that has not moved yet; behind the last one the old hall is left.
void Dedup::move_next() {
    const auto waits = [this](const Table& table) { return table.size != newer_.larger.size; };
    auto next = std::ranges::find_if(newer_.tables, waits);
    if (next != newer_.tables.end()) move(static_cast<std::size_t>(next++ - newer_.tables.begin()));
    if (std::any_of(next, newer_.tables.end(), waits)) return;
    dying_.push_back(std::move(newer_.hall.slots).take());
    newer_.hall = std::exchange(newer_.larger, Hall());
}

// The next generation will become as large as this one, but not at once: whatever it opens is
// touched all over by its first entries.
void Dedup::rotate() {
    for (Hall* hall : {&older_.hall, &older_.larger})
        if (!hall->slots.empty()) dying_.push_back(std::move(hall->slots).take());
    older_ = std::move(newer_);
    open(newer_, std::max(larger_than(0), older_.hall.size / 8));
}

void Dedup::free_some() {
    if (dying_.empty()) return;
    ZeroedPages& pages = dying_.back();
    const std::size_t step = ZeroedPages::kHugePage;
    if (pages.bytes() > step) return pages.cut((pages.bytes() - 1) / step * step);
    dying_.pop_back();
}

std::size_t Dedup::bytes() const {
    std::size_t slots = 0;
    for (const Generation* generation : {&newer_, &older_})
        slots += generation->hall.slots.size() + generation->larger.slots.size();
    return slots * sizeof(Entry);
}

// Each table's entries go out in the order of their slots, from behind an empty slot. Put into an
// empty table of the same size in that order, each finds its old slot again: the restored tables
// are the same, byte for byte.
void Dedup::stream_generation(const Generation& generation, Pieces& out) {
    Writer& writer = out.writer();
    for (const Table& table : generation.tables) {
        writer.varint(table.size);
        writer.varint(table.used);
        std::size_t start = 0;
        while (start < table.size && table.slots[start].place != 0) ++start;
        for (std::size_t i = 0; i < table.size; ++i) {
            const Entry& entry = table.slots[(start + i) % table.size];
            if (entry.place != 0) writer.raw(&entry, sizeof(Entry));
        }
        out.pause();
    }
}

std::optional<Dedup::Stored> Dedup::read_generation(Cursor& in) {
    Stored out;
    for (std::size_t index = 0; index < kTables; ++index) {
        const std::uint64_t slots = in.varint();
        const std::uint64_t used = in.varint();
        if (slots > UINT32_MAX || used > slots || (slots > 0 && used == slots)) return std::nullopt;
        out.sizes[index] = static_cast<std::uint32_t>(slots);
        out.entries[index] = in.raw(used * sizeof(Entry));
        out.most = std::max(out.most, used);
    }
    return in.ok() ? std::optional(out) : std::nullopt;
}

// Tables with much more room than any had entries were never made by insert().
bool Dedup::is_likely(const Stored& newer, const Stored& older) {
    const std::uint64_t bound = std::max(newer.most, older.most) * 8 + kTableMin * 2;
    return std::max(std::ranges::max(newer.sizes), std::ranges::max(older.sizes)) <= bound;
}

// Tables of two sizes are on their way from one hall to the other; where there are more, all go
// into the hall of the largest.
void Dedup::place_tables(const Stored& stored, Generation& out) {
    const auto [least, largest] = std::ranges::minmax(stored.sizes);
    if (largest == 0) return;
    const bool two = std::ranges::all_of(
        stored.sizes, [&, a = least, b = largest](auto size) { return size == a || size == b; });
    open(out, two && least > 0 ? least : largest);
    if (out.hall.size == largest) return;
    out.larger = Hall(largest);
    for (std::size_t i = 0; i < kTables; ++i)
        if (stored.sizes[i] == largest) out.tables[i] = {out.larger.of(i), largest, 0};
}

bool Dedup::restore_generation(const Stored& stored, Generation& out) {
    out = Generation{};
    place_tables(stored, out);
    for (std::size_t index = 0; index < kTables; ++index) {
        Table& table = out.tables[index];
        for (Cursor in(stored.entries[index]); !in.done(); ++table.used) {
            Entry entry;
            std::memcpy(&entry, in.raw(sizeof(Entry)).data(), sizeof(Entry));
            if (entry.place >> 16 == 0 || table_of(entry.fingerprint) != index) return false;
            table.slots[probe(table, entry.fingerprint)] = entry;
        }
        out.count += table.used;
    }
    return true;
}

void Dedup::stream(Pieces& out) const {
    out.writer().u8(kDedupVersion);
    stream_generation(newer_, out);
    stream_generation(older_, out);
}

void Dedup::snapshot(std::string& out) const {
    append_pieces(out, [this](Pieces& pieces) { stream(pieces); });
}

// A bound that was lowered: everything is put in anew, in the order in which it came.
void Dedup::keep_last() {
    std::vector<Entry> all;
    all.reserve(count());
    for (Generation* generation : {&older_, &newer_}) {
        for (const Table& table : generation->tables)
            for (const Entry& entry : table.all())
                if (entry.place != 0) all.push_back(entry);
        *generation = Generation{};
    }
    std::sort(all.begin(), all.end(),
              [](const Entry& a, const Entry& b) { return a.place < b.place; });
    for (const Entry& entry : all)
        insert(entry.fingerprint, {entry.place >> 16, static_cast<std::uint16_t>(entry.place)});
}

Status Dedup::restore(std::string_view in) {
    dying_.clear();
    if (in.empty() || static_cast<std::uint8_t>(in[0]) != kDedupVersion)
        return fail(Code::kCorrupt, "dedup snapshot: unknown version");
    Cursor cursor(in.substr(1));
    const std::optional<Stored> newer = read_generation(cursor), older = read_generation(cursor);
    if (!newer || !older || !cursor.done() || !is_likely(*newer, *older) ||
        !restore_generation(*newer, newer_) || !restore_generation(*older, older_))
        return fail(Code::kCorrupt, "dedup snapshot: its tables do not hold together");
    if (std::max(newer_.count, older_.count) > generation_max_) keep_last();
    return {};
}

}  // namespace volant::collect
