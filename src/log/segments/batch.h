// Batch: the unit of writing. A header, then whole records. docs/formats/log.md, "Batch".
//
// Batches form a chain: each names its first lsn and the checksum of the one before it, and each is
// synced before the next is written. So a later batch proves that an earlier one was durable.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "log/record.h"

namespace volant::log {

inline constexpr std::size_t kBatchHeaderBytes = 64;
// 0xff is in no UTF-8 text: what users send cannot look like a batch by accident.
inline constexpr std::string_view kBatchMagic{"\xffVolLog\n", 8};
inline constexpr std::uint16_t kBatchVersion = 1;

struct BatchHeader {
    std::uint32_t record_count = 0;  // 0 = a claim only
    std::uint64_t generation = 0;    // rises with each segment and each start of a writer
    Lsn first_lsn = 1;
    Lsn durable_lsn = 0;         // everything up to here was synced when this was written
    std::uint64_t length = 0;    // bytes of records after the header, a multiple of 8
    std::uint64_t previous = 0;  // checksum of the batch before it; 0 for the first of a log
    std::uint64_t checksum = 0;  // over the header before it and the records, seeded by generation

    std::uint64_t bytes() const { return kBatchHeaderBytes + length; }
    Lsn end_lsn() const { return first_lsn + record_count; }
};

// `bytes` points to header.bytes() bytes, the records in place: computes the checksum and writes
// the header before them.
void seal_batch(BatchHeader& header, char* bytes);

// The header at the front of `bytes` if it is one of this version. Says nothing of the checksum.
std::optional<BatchHeader> parse_batch_header(std::string_view bytes);

// `bytes` starts with the whole batch.
bool batch_intact(const BatchHeader& header, std::string_view bytes);

// Where a reader or writer stands in the chain.
struct Chain {
    std::uint64_t generation = 0;
    Lsn next_lsn = 1;
    std::optional<std::uint64_t> digest;  // checksum of the last batch; nullopt = not known here

    // True if `header` may come next. Old bytes of a recycled segment never do.
    bool accepts(const BatchHeader& header) const;
    void advance(const BatchHeader& header);
};

}  // namespace volant::log
