#include "collect/dedup.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/bytes.h"

namespace volant::collect {
namespace {

constexpr std::uint8_t kDedupVersion = 1;
constexpr std::size_t kTableMin = 16;  // slots
constexpr std::uint64_t kLsnMax = 1ull << 48;

bool too_full(std::size_t used, std::size_t slots) {
    return used * 5 >= slots * 4;
}

}  // namespace

Dedup::Dedup(std::uint64_t generation_max)
    : generation_max_(std::max<std::uint64_t>(1, generation_max)) {}

// The slot that holds the fingerprint, or the empty one where it belongs. A table is never full.
std::size_t Dedup::probe(const Table& table, const Hash128& fingerprint) {
    std::size_t slot = home(table, fingerprint);
    while (table[slot].place != 0 && table[slot].fingerprint != fingerprint)
        if (++slot == table.size()) slot = 0;
    return slot;
}

const Dedup::Entry* Dedup::find_in(const Generation& generation, const Hash128& fingerprint) {
    const Table& table = generation.tables[table_of(fingerprint)];
    if (table.empty()) return nullptr;
    const Entry& entry = table[probe(table, fingerprint)];
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
        if (!table.empty()) __builtin_prefetch(&table[home(table, fingerprint)]);
    }
}

void Dedup::insert(const Hash128& fingerprint, Known known) {
    VOLANT_CHECK(known.lsn > 0 && known.lsn < kLsnMax);
    if (!dying_.empty()) dying_.pop_back();
    if (find_in(newer_, fingerprint)) return;
    if (newer_.count >= generation_max_) rotate();

    const std::size_t index = table_of(fingerprint);
    Table& table = newer_.tables[index];
    if (too_full(newer_.used[index] + 1u, table.size())) grow(newer_, index);
    table[probe(table, fingerprint)] = {fingerprint, known.lsn << 16 | known.body};
    ++newer_.used[index];
    ++newer_.count;
}

// Doubles, but not past what a table needs at the bound (its share, and six standard deviations),
// unless chance has it that this is not enough.
void Dedup::grow(Generation& generation, std::size_t index) const {
    Table& table = generation.tables[index];
    const double share = static_cast<double>(generation_max_) / kTables;
    const auto enough = static_cast<std::size_t>((share + 6 * std::sqrt(share) + 8) * 1.25);
    std::size_t slots = std::max(kTableMin, table.size() * 2);
    if (slots > enough) slots = std::max({kTableMin, enough, table.size() * 5 / 4});
    Table larger(slots);
    for (const Entry& entry : table)
        if (entry.place != 0) larger[probe(larger, entry.fingerprint)] = entry;
    table = std::move(larger);
}

void Dedup::rotate() {
    for (Table& table : older_.tables)
        if (!table.empty()) dying_.push_back(std::move(table));
    older_ = std::move(newer_);
    newer_ = Generation{};
}

std::size_t Dedup::bytes() const {
    std::size_t slots = 0;
    for (const Generation* generation : {&newer_, &older_})
        for (const Table& table : generation->tables) slots += table.capacity();
    return slots * sizeof(Entry);
}

// Each table's entries go out in the order of their slots, from behind an empty slot. Put into an
// empty table of the same size in that order, each finds its old slot again: the restored tables
// are the same, byte for byte.
void Dedup::stream_generation(const Generation& generation, Pieces& out) {
    Writer& writer = out.writer();
    for (std::size_t index = 0; index < kTables; ++index) {
        const Table& table = generation.tables[index];
        writer.varint(table.size());
        writer.varint(generation.used[index]);
        std::size_t start = 0;
        while (start < table.size() && table[start].place != 0) ++start;
        for (std::size_t i = 0; i < table.size(); ++i) {
            const Entry& entry = table[(start + i) % table.size()];
            if (entry.place != 0) writer.raw(&entry, sizeof(Entry));
        }
        out.pause();
    }
}

bool Dedup::restore_generation(std::string_view& in, Generation& out) {
    Cursor cursor(in);
    out = Generation{};
    for (std::size_t index = 0; index < kTables; ++index) {
        const std::uint64_t slots = cursor.varint();
        const std::uint64_t used = cursor.varint();
        const std::string_view entries =
            cursor.raw(std::min<std::uint64_t>(used, UINT32_MAX) * sizeof(Entry));
        // A table with much more room than entries was never made by insert().
        if (!cursor.ok() || used > UINT32_MAX || slots > used * 8 + kTableMin * 2 ||
            (slots > 0 && used >= slots) || (slots == 0 && used > 0))
            return false;
        Table& table = out.tables[index];
        table.resize(slots);
        for (std::size_t i = 0; i < used; ++i) {
            Entry entry;
            std::memcpy(&entry, entries.data() + i * sizeof(Entry), sizeof(Entry));
            if (entry.place >> 16 == 0 || table_of(entry.fingerprint) != index) return false;
            table[probe(table, entry.fingerprint)] = entry;
        }
        out.used[index] = static_cast<std::uint32_t>(used);
        out.count += used;
    }
    in = cursor.rest();
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
            for (const Entry& entry : table)
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
    in.remove_prefix(1);
    if (!restore_generation(in, newer_) || !restore_generation(in, older_) || !in.empty())
        return fail(Code::kCorrupt, "dedup snapshot: its tables do not hold together");
    if (std::max(newer_.count, older_.count) > generation_max_) keep_last();
    return {};
}

}  // namespace volant::collect
