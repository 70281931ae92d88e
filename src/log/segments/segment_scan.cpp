#include "log/segments/segment_scan.h"

#include <algorithm>

namespace volant::log {
namespace {

constexpr std::uint64_t kReadBytesMax = 1u << 20;

bool proves_durable(const BatchHeader& later, const Chain& chain) {
    if (later.generation < chain.generation) return false;  // old bytes of a recycled segment
    // Either it says so, or it stands behind a batch without records: each is synced before the
    // next.
    return later.durable_lsn >= chain.next_lsn || later.first_lsn == chain.next_lsn;
}

}  // namespace

Result<std::string_view> SegmentScan::view(std::uint64_t offset, std::uint64_t size,
                                           std::uint64_t limit) {
    size = std::min(size, limit - std::min(offset, limit));
    if (offset < buffer_offset_ || offset + size > buffer_offset_ + buffered_) {
        const std::uint64_t want =
            std::min(std::max(size, read_bytes_), limit - std::min(offset, limit));
        if (want > capacity_) {
            buffer_ = std::make_unique_for_overwrite<char[]>(want);
            capacity_ = want;
        }
        buffer_offset_ = offset;
        buffered_ = 0;
        VOLANT_TRY(buffered_, file_->read(offset, buffer_.get(), want));
        read_bytes_ = std::min(2 * read_bytes_, kReadBytesMax);
    }
    const std::uint64_t begin = offset - buffer_offset_;
    return std::string_view(buffer_.get() + begin, std::min(size, buffered_ - begin));
}

Result<std::optional<BatchHeader>> SegmentScan::peek_header(std::uint64_t limit) {
    VOLANT_TRY(const std::string_view bytes, view(offset_, kBatchHeaderBytes, limit));
    return parse_batch_header(bytes);
}

Result<std::optional<Batch>> SegmentScan::peek(std::uint64_t limit) {
    VOLANT_TRY(const std::optional<BatchHeader> header, peek_header(limit));
    VOLANT_TRY(const std::uint64_t file_size, file_bytes());
    const std::uint64_t end = std::min(limit, file_size);
    // A header that lies about its length must not make us read, or allocate, the moon.
    if (!header || offset_ > end || header->length > end - offset_) return std::optional<Batch>();
    VOLANT_TRY(const std::string_view bytes, view(offset_, header->bytes(), limit));
    if (!batch_intact(*header, bytes)) return std::optional<Batch>();
    return std::optional<Batch>({*header, bytes.substr(kBatchHeaderBytes, header->length)});
}

Result<std::optional<std::uint64_t>> SegmentScan::find_claim(const Chain& chain) {
    const std::uint64_t bad = offset_;
    VOLANT_TRY(const std::uint64_t end, file_bytes());
    std::optional<std::uint64_t> found;
    offset_ = bad + 8;  // batches start at multiples of 8
    while (!found && offset_ + kBatchHeaderBytes <= end) {
        VOLANT_TRY(const std::string_view bytes, view(offset_, kReadBytesMax, end));
        const std::size_t magic = bytes.find(kBatchMagic);
        const std::size_t step = magic != std::string_view::npos ? magic : bytes.size() - 7;
        offset_ += (step + 7) & ~std::uint64_t{7};
        if (magic % 8 != 0) continue;  // npos included
        VOLANT_TRY(const std::optional<BatchHeader> header, peek_header(end));
        if (header && proves_durable(*header, chain)) {
            VOLANT_TRY(const std::optional<Batch> batch, peek(end));
            if (batch) found = offset_;
        }
        offset_ += 8;
    }
    offset_ = bad;
    return found;
}

Result<std::uint64_t> SegmentScan::file_bytes() {
    if (file_bytes_ == 0) {
        VOLANT_TRY(file_bytes_, file_->size());
    }
    return file_bytes_;
}

}  // namespace volant::log
