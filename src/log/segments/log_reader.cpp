#include "log/segments/log_reader.h"

#include "log/segments/recovery.h"
#include "log/segments/segment_scan.h"

namespace volant::log {
namespace {

class SegmentReader : public Reader {
  public:
    // Takes over the pin on start.segment.
    SegmentReader(const Disk& disk, std::shared_ptr<Catalog> catalog, const ReadStart& start,
                  Lsn from, std::unique_ptr<File> file)
        : disk_(disk),
          catalog_(std::move(catalog)),
          from_(from),
          segment_(start.segment),
          scan_(std::move(file), start.offset),
          chain_{.next_lsn = start.lsn, .digest = {}} {}
    ~SegmentReader() override { catalog_->unpin(segment_); }
    SegmentReader(const SegmentReader&) = delete;
    SegmentReader& operator=(const SegmentReader&) = delete;

    Result<bool> next(Record& out) override {
        while (true) {
            while (!records_.empty()) {
                std::size_t used = 0;
                if (!decode_record(records_, out, used)) return bad_record();
                records_.remove_prefix(used);
                out.lsn = lsn_++;
                if (out.lsn >= from_) return true;
            }
            VOLANT_TRY(const bool more, next_batch());
            if (!more) return false;
        }
    }

  private:
    Result<bool> next_batch() {
        const SegmentExtent extent = catalog_->extent(segment_);
        VOLANT_TRY(const std::optional<Batch> batch, scan_.peek(extent.limit));
        if (batch && chain_.accepts(batch->header)) {
            chain_.advance(batch->header);
            scan_.skip(batch->header);
            lsn_ = batch->header.first_lsn;
            if (batch->header.end_lsn() > from_) records_ = batch->records;
            return true;
        }
        if (extent.next_segment != 0) return cross(extent);
        if (scan_.offset() >= extent.limit) return false;
        // Only without a writer is the durable end not known.
        if (extent.limit != UINT64_MAX) {
            return corrupt_at(extent.path, scan_.offset(), "a batch is bad that was durable");
        }
        VOLANT_TRY(const auto claim, scan_.find_claim(chain_));
        if (claim) return lost_batch(extent.path, scan_.offset(), *claim);
        return false;
    }

    Result<bool> cross(const SegmentExtent& extent) {
        if (extent.next_segment != chain_.next_lsn) {
            return corrupt_at(extent.path, scan_.offset(),
                              "a batch is bad; expected lsn " + std::to_string(chain_.next_lsn) +
                                  ", and the next segment starts at lsn " +
                                  std::to_string(extent.next_segment));
        }
        const std::string path = catalog_->extent(extent.next_segment).path;
        VOLANT_TRY(auto file, disk_.open_read_only(path));
        scan_ = SegmentScan(std::move(file), 0);
        catalog_->pin_next(segment_, extent.next_segment);
        segment_ = extent.next_segment;
        return true;
    }

    Error bad_record() const {
        return corrupt_at(catalog_->extent(segment_).path, scan_.offset() - records_.size(),
                          "a record does not decode; its batch's checksum is right");
    }

    const Disk& disk_;
    const std::shared_ptr<Catalog> catalog_;
    const Lsn from_;
    Lsn segment_;
    SegmentScan scan_;
    Chain chain_;
    std::string_view records_;  // of the current batch, not yet given out
    Lsn lsn_ = 0;               // of the first of them
};

// Hops from header to header; a bad one ends the index, and the reader will then meet it.
Result<std::vector<ReadStart>> build_index(std::unique_ptr<File> file, Lsn segment) {
    SegmentScan scan(std::move(file), 0);
    std::vector<ReadStart> index;
    Chain chain{.next_lsn = segment, .digest = {}};
    while (true) {
        VOLANT_TRY(const std::optional<BatchHeader> header, scan.peek_header(UINT64_MAX));
        if (!header || !chain.accepts(*header)) return index;
        add_to_index(index, {segment, header->first_lsn, scan.offset()});
        chain.advance(*header);
        scan.skip(*header);
    }
}

}  // namespace

Result<std::unique_ptr<Reader>> open_reader(const Disk& disk, std::shared_ptr<Catalog> catalog,
                                            Lsn from) {
    VOLANT_TRY(ReadStart start, catalog->pin(from));
    const Lsn segment = start.segment;
    const auto open = [&]() -> Result<std::unique_ptr<File>> {
        const std::string path = catalog->extent(segment).path;
        if (from > segment && catalog->needs_index(segment)) {
            VOLANT_TRY(auto to_index, disk.open_read_only(path));
            VOLANT_TRY(auto index, build_index(std::move(to_index), segment));
            for (const ReadStart& entry : index) {
                if (entry.lsn <= from) start = entry;
            }
            catalog->set_index(segment, std::move(index));
        }
        return disk.open_read_only(path);
    };
    auto file = open();
    if (!file.ok()) {
        catalog->unpin(segment);
        return std::move(file).error();
    }
    return std::unique_ptr<Reader>(
        new SegmentReader(disk, std::move(catalog), start, from, std::move(*file)));
}

}  // namespace volant::log
