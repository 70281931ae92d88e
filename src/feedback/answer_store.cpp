#include "feedback/answer_store.h"

#include <algorithm>
#include <cstring>

#include "core/bytes.h"
#include "core/hash.h"
#include "feedback/answer_bytes.h"

namespace volant::feedback {
namespace {

constexpr std::uint32_t kUnit = 8;  // bytes; entries begin at multiples
constexpr std::uint32_t kChunkBits = 14;
constexpr std::uint32_t kChunkBytes = 1u << kChunkBits;
constexpr std::uint32_t kPlaceBits = kChunkBits - 3;
constexpr std::uint32_t kChunksMax = (1u << (32 - kPlaceBits)) - 1;  // 32 GiB of answers
constexpr std::size_t kIndexMin = 64;
// An entry: its size with this header and the padding, then what pack() wrote, the lsn and the
// model first.
constexpr std::size_t kHeaderBytes = sizeof(std::uint32_t);

std::uint32_t entry_size(const char* entry) {
    std::uint32_t size = 0;
    std::memcpy(&size, entry, sizeof size);
    return size;
}

Cursor body_of(const char* entry) {
    return Cursor({entry + kHeaderBytes, entry_size(entry) - kHeaderBytes});
}

}  // namespace

const char* AnswerStore::at(Place place) const {
    const std::uint32_t index = place - 1;
    return chunks_[index >> kPlaceBits].bytes.get() +
           static_cast<std::size_t>(index & ((1u << kPlaceBits) - 1)) * kUnit;
}

log::Lsn AnswerStore::lsn_at(Place place) const {
    return body_of(at(place)).varint();
}

// The slot of the index that holds the answer, or kNowhere.
std::size_t AnswerStore::probe(log::Lsn lsn) const {
    if (index_.empty()) return kNowhere;
    const std::size_t mask = index_.size() - 1;
    for (std::size_t slot = hash_mix(lsn, 0) & mask; index_[slot] != 0; slot = (slot + 1) & mask)
        if (lsn_at(index_[slot]) == lsn) return slot;
    return kNowhere;
}

std::optional<OpenPrediction> AnswerStore::find(log::Lsn lsn) const {
    const std::size_t slot = probe(lsn);
    if (slot == kNowhere) return std::nullopt;
    Cursor body = body_of(at(index_[slot]));
    return unpack(body);
}

std::optional<int> AnswerStore::model_of(log::Lsn lsn) const {
    const std::size_t slot = probe(lsn);
    if (slot == kNowhere) return std::nullopt;
    Cursor body = body_of(at(index_[slot]));
    body.varint();  // the lsn
    return static_cast<int>(body.varint());
}

void AnswerStore::put(const OpenPrediction& answer) {
    erase(answer.lsn);
    scratch_.assign(kHeaderBytes, 0);
    pack(answer, scratch_);
    scratch_.resize((scratch_.size() + kUnit - 1) / kUnit * kUnit);
    const auto size = static_cast<std::uint32_t>(scratch_.size());
    std::memcpy(scratch_.data(), &size, sizeof size);
    if ((count_ + 1) * 5 > index_.size() * 4) grow_index();
    const std::uint32_t before = newest_;
    add_to_index(append(scratch_.data(), size));
    ++count_;
    if (newest_ != before) thin_out(before);
}

bool AnswerStore::erase(log::Lsn lsn) {
    const std::size_t slot = probe(lsn);
    if (slot == kNowhere) return false;
    const Place place = index_[slot];
    remove_from_index(slot);
    --count_;
    release(place);
    return true;
}

// An entry larger than a chunk gets one of its own.
AnswerStore::Place AnswerStore::append(const char* entry, std::size_t size) {
    if (chunks_.empty() || chunks_[newest_].size - chunks_[newest_].used < size) {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(chunks_.size()));
            chunks_.emplace_back();
            VOLANT_CHECK(chunks_.size() <= kChunksMax);
        }
        newest_ = free_.back();
        free_.pop_back();
        const auto room = std::max(kChunkBytes, static_cast<std::uint32_t>(size));
        chunks_[newest_] = {std::make_unique_for_overwrite<char[]>(room), room, 0, 0};
    }
    Chunk& chunk = chunks_[newest_];
    std::memcpy(chunk.bytes.get() + chunk.used, entry, size);
    const Place place = (newest_ << kPlaceBits | chunk.used / kUnit) + 1;
    chunk.used += static_cast<std::uint32_t>(size);
    chunk.alive += static_cast<std::uint32_t>(size);
    return place;
}

void AnswerStore::add_to_index(Place place) {
    const std::size_t mask = index_.size() - 1;
    std::size_t slot = hash_mix(lsn_at(place), 0) & mask;
    while (index_[slot] != 0) slot = (slot + 1) & mask;
    index_[slot] = place;
}

// Those behind it that would no longer be found move up.
void AnswerStore::remove_from_index(std::size_t slot) {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t next = (slot + 1) & mask; index_[next] != 0; next = (next + 1) & mask) {
        const std::size_t home = hash_mix(lsn_at(index_[next]), 0) & mask;
        if (((next - home) & mask) < ((next - slot) & mask)) continue;
        index_[slot] = index_[next];
        slot = next;
    }
    index_[slot] = 0;
}

void AnswerStore::grow_index() {
    std::vector<Place> old(std::max(kIndexMin, 2 * index_.size()));
    old.swap(index_);
    for (const Place place : old)
        if (place != 0) add_to_index(place);
}

// The entry at `place` is in the index no more.
void AnswerStore::release(Place place) {
    const std::uint32_t number = (place - 1) >> kPlaceBits;
    Chunk& chunk = chunks_[number];
    chunk.alive -= entry_size(at(place));
    if (chunk.alive == 0 && number == newest_) chunk.used = 0;
    if (number != newest_) thin_out(number);
}

void AnswerStore::thin_out(std::uint32_t number) {
    if (2 * chunks_[number].alive < chunks_[number].used) evacuate(number);
}

void AnswerStore::evacuate(std::uint32_t number) {
    const std::uint32_t used = chunks_[number].used;
    for (std::uint32_t begin = 0; begin < used;) {
        const char* entry = chunks_[number].bytes.get() + begin;
        const Place place = (number << kPlaceBits | begin / kUnit) + 1;
        begin += entry_size(entry);
        const std::size_t slot = probe(body_of(entry).varint());
        if (slot != kNowhere && index_[slot] == place)
            index_[slot] = append(entry, entry_size(entry));
    }
    chunks_[number] = {};
    free_.push_back(number);
}

std::size_t AnswerStore::bytes() const {
    std::size_t total = index_.capacity() * sizeof(Place) + chunks_.capacity() * sizeof(Chunk);
    for (const Chunk& chunk : chunks_) total += chunk.size;
    return total;
}

}  // namespace volant::feedback
