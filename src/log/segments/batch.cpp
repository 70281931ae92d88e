#include "log/segments/batch.h"

#include <cstring>

#include "core/bytes.h"
#include "core/hash.h"

namespace volant::log {
namespace {

constexpr std::size_t kChecksumAt = 56;

// The header's hash seeds the records' hash: one pass each, and no copy to join them.
std::uint64_t batch_checksum(const BatchHeader& header, std::string_view bytes) {
    const std::uint64_t seed = hash64(bytes.substr(0, kChecksumAt), header.generation);
    return hash64(bytes.substr(kBatchHeaderBytes, header.length), seed);
}

}  // namespace

void seal_batch(BatchHeader& header, char* bytes) {
    std::string head;
    head.reserve(kBatchHeaderBytes);
    Writer out(head);
    out.raw(kBatchMagic.data(), kBatchMagic.size());
    out.u16(kBatchVersion);
    out.u16(0);
    out.u32(header.record_count);
    out.u64(header.generation);
    out.u64(header.first_lsn);
    out.u64(header.durable_lsn);
    out.u64(header.length);
    out.u64(header.previous);
    std::memcpy(bytes, head.data(), kChecksumAt);
    header.checksum = batch_checksum(header, {bytes, header.bytes()});
    std::memcpy(bytes + kChecksumAt, &header.checksum, sizeof header.checksum);
}

std::optional<BatchHeader> parse_batch_header(std::string_view bytes) {
    Cursor in(bytes.substr(0, kBatchHeaderBytes));
    if (in.raw(kBatchMagic.size()) != kBatchMagic) return std::nullopt;
    if (in.u16() != kBatchVersion || in.u16() != 0) return std::nullopt;
    BatchHeader header;
    header.record_count = in.u32();
    header.generation = in.u64();
    header.first_lsn = in.u64();
    header.durable_lsn = in.u64();
    header.length = in.u64();
    header.previous = in.u64();
    header.checksum = in.u64();
    if (!in.ok() || header.length % 8 != 0) return std::nullopt;
    return header;
}

bool batch_intact(const BatchHeader& header, std::string_view bytes) {
    return bytes.size() >= kBatchHeaderBytes && bytes.size() - kBatchHeaderBytes >= header.length &&
           batch_checksum(header, bytes) == header.checksum;
}

bool Chain::accepts(const BatchHeader& header) const {
    return header.generation >= generation && header.first_lsn == next_lsn &&
           header.durable_lsn < header.end_lsn() && (!digest || header.previous == *digest);
}

void Chain::advance(const BatchHeader& header) {
    generation = header.generation;
    next_lsn = header.end_lsn();
    digest = header.checksum;
}

}  // namespace volant::log
